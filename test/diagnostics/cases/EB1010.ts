// EB1010: string operation.
import { xdp, XdpContext, XdpAction } from "ebpftsc";

export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    const s = "a" + "b"; // error: EB1010
    return s ? XdpAction.Pass : XdpAction.Drop;
  }
}
