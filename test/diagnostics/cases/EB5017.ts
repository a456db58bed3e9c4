// EB5017: too complex.
import { xdp, XdpContext, XdpAction } from "ebpftsc";

export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    let n = 0;
    while (n < ctx.length) n += 1; // error: EB5017
    return n ? XdpAction.Pass : XdpAction.Drop;
  }
}
