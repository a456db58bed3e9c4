// EB1001: async code.
import { xdp, XdpContext, XdpAction } from "ebpftsc";

export class P {
  @xdp static async run(ctx: XdpContext): Promise<XdpAction> { // error: EB1001
    return XdpAction.Pass;
  }
}
