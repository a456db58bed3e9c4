// EB2006: cast between integer types.
import { xdp, XdpContext, XdpAction, u8 } from "ebpftsc";

export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    const x = ctx.length as u8; // error: EB2006
    return x ? XdpAction.Pass : XdpAction.Drop;
  }
}
