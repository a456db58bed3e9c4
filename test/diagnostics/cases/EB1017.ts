// EB1017: not available in a program.
import { xdp, XdpContext, XdpAction } from "ebpftsc";

export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    return Date.now() > ctx.length ? XdpAction.Pass : XdpAction.Drop; // error: EB1017
  }
}
