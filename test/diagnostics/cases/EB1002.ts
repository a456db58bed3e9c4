// EB1002: exceptions.
import { xdp, XdpContext, XdpAction } from "ebpftsc";

export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    if (ctx.length < 20) throw 1; // error: EB1002
    return XdpAction.Pass;
  }
}
