// EB2002: literal out of range.
import { xdp, XdpContext, XdpAction, u8 } from "ebpftsc";

export class P {
  static n: u8 = 300; // error: EB2002
  @xdp static run(ctx: XdpContext): XdpAction {
    return P.n ? XdpAction.Pass : XdpAction.Drop;
  }
}
