// EB2003: implicit truncation.
import { xdp, XdpContext, XdpAction, u8 } from "ebpftsc";

export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    const x: u8 = ctx.length + 1; // error: EB2003
    return x ? XdpAction.Pass : XdpAction.Drop;
  }
}
