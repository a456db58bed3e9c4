// EB2010: number where an enum is meant.
import { xdp, XdpContext, XdpAction, u32 } from "ebpftsc";

export class P {
  static n: u32 = 1;
  @xdp static run(ctx: XdpContext): XdpAction {
    return P.n; // error: EB2010
  }
}
