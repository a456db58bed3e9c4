// EB4002: loop without a bound.
import { xdp, XdpContext, XdpAction } from "ebpftsc";

export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    let n = 0;
    while (n < ctx.length) n += 1; // error: EB4002
    return n ? XdpAction.Pass : XdpAction.Drop;
  }
}
