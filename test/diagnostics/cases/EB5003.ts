// EB5003: value that may be absent.
import { xdp, XdpContext, XdpAction, HashMap, u32 } from "ebpftsc";

export class P {
  static readonly m = new HashMap<u32, u32>(4);
  @xdp static run(ctx: XdpContext): XdpAction {
    return P.m.lookup(1)!.value ? XdpAction.Pass : XdpAction.Drop; // error: EB5003
  }
}
