// EB5020: licence.
import { xdp, XdpContext, XdpAction, ktimeGetNs } from "ebpftsc";

export const LICENSE = "Proprietary";

export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    console.log("seen"); // error: EB5020
    return ctx.length > 4 ? XdpAction.Pass : XdpAction.Drop;
  }

  // The clock is for every licence.
  @xdp static free(ctx: XdpContext): XdpAction {
    return ktimeGetNs() > 4n ? XdpAction.Pass : XdpAction.Drop;
  }
}
