// EB1019: too many arguments.
import { xdp, XdpContext, XdpAction, u32 } from "ebpftsc";

export class P {
  static f(a: u32, b: u32, c: u32, d: u32, e: u32, g: u32): u32 { // error: EB1019
    return g;
  }
  @xdp static run(ctx: XdpContext): XdpAction {
    return P.f(1, 2, 3, 4, 5, 6) ? XdpAction.Pass : XdpAction.Drop;
  }
}
