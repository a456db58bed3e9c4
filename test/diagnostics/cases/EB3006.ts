// EB3006: prefix trie key.
import { xdp, XdpContext, XdpAction, LpmTrie, u32 } from "ebpftsc";

export class P {
  static readonly t = new LpmTrie<u32, u32>(4); // error: EB3006
  @xdp static run(ctx: XdpContext): XdpAction {
    P.t.lookup(1);
    return XdpAction.Pass;
  }
}
