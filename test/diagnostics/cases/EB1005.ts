// EB1005: union.
import { xdp, XdpContext, XdpAction, u32, u64 } from "ebpftsc";

export class P {
  static f(x: u32 | u64): u32 { // error: EB1005
    return 1;
  }
  @xdp static run(ctx: XdpContext): XdpAction {
    return P.f(1) ? XdpAction.Pass : XdpAction.Drop;
  }
}
