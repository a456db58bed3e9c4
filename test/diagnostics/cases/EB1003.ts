// EB1003: object without a layout.
import { xdp, XdpContext, XdpAction } from "ebpftsc";

export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    const p = new P(); // error: EB1003
    return p ? XdpAction.Drop : XdpAction.Pass;
  }
}
