// EB1009: function value.
import { xdp, XdpContext, XdpAction, u32 } from "ebpftsc";

export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    const f = (): u32 => 1; // error: EB1009
    return f() ? XdpAction.Pass : XdpAction.Drop;
  }
}
