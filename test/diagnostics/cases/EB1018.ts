// EB1018: recursion.
import { xdp, XdpContext, XdpAction, u32 } from "ebpftsc";

export class P {
  static f(n: u32): u32 {
    return n ? P.f(u32(n - 1)) : 0; // error: EB1018
  }
  @xdp static run(ctx: XdpContext): XdpAction {
    return P.f(3) ? XdpAction.Pass : XdpAction.Drop;
  }
}
