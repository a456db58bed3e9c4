// EB2005: truth of a network-order integer.
import { xdp, XdpContext, XdpAction, be16, htons } from "ebpftsc";

export class P {
  static a: be16 = htons(0);
  @xdp static run(ctx: XdpContext): XdpAction {
    return P.a ? XdpAction.Pass : XdpAction.Drop; // error: EB2005
  }
}
