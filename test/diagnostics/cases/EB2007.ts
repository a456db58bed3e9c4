// EB2007: division without an integer sink.
import { xdp, XdpContext, XdpAction } from "ebpftsc";

export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    return ctx.length / 2 > 20 ? XdpAction.Pass : XdpAction.Drop; // error: EB2007
  }
}
