// EB2012: not a constant.
import { xdp, XdpContext, XdpAction, u32, randomU32 } from "ebpftsc";

export class P {
  static n: u32 = randomU32(); // error: EB2012
  @xdp static run(ctx: XdpContext): XdpAction {
    return P.n ? XdpAction.Pass : XdpAction.Drop;
  }
}
