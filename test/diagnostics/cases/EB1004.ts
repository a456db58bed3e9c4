// EB1004: no machine type.
import { xdp, XdpContext, XdpAction, u32 } from "ebpftsc";

export class P {
  static f(x: any): u32 { // error: EB1004
    return 1;
  }
  @xdp static run(ctx: XdpContext): XdpAction {
    return P.f(1) ? XdpAction.Pass : XdpAction.Drop;
  }
}
