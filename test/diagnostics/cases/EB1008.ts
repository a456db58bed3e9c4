// EB1008: var.
import { xdp, XdpContext, XdpAction } from "ebpftsc";

export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    var n = 1; // error: EB1008
    return n ? XdpAction.Pass : XdpAction.Drop;
  }
}
