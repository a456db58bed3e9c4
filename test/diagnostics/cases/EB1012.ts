// EB1012: syntax outside the subset.
import { xdp, XdpContext, XdpAction } from "ebpftsc";

export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    debugger; // error: EB1012
    return XdpAction.Pass;
  }
}
