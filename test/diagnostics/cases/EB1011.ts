// EB1011: floating point.
import { xdp, XdpContext, XdpAction } from "ebpftsc";

export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    const x = 0.5; // error: EB1011
    return x ? XdpAction.Pass : XdpAction.Drop;
  }
}
