// EB1009: function value.
import { xdp, XdpContext, XdpAction, u32 } from "ebpftsc";

export class P {
  static f(): u32 {
    return 1;
  }
  static g(): u32 {
    return 2;
  }
  @xdp static run(ctx: XdpContext): XdpAction {
    const h = ctx.length > 60 ? P.f : P.g; // error: EB1009 EB1009
    return h() ? XdpAction.Pass : XdpAction.Drop;
  }
}
