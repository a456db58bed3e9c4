// EB1014: parameter form.
import { xdp, XdpContext, XdpAction, u32 } from "ebpftsc";

export class P {
  static f(x?: u32): u32 { // error: EB1014
    return x ?? 1;
  }
  @xdp static run(ctx: XdpContext): XdpAction {
    return P.f() ? XdpAction.Pass : XdpAction.Drop;
  }
}
