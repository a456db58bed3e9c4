// EB2004: signed mixed with unsigned.
import { xdp, XdpContext, XdpAction, u64, i64 } from "ebpftsc";

export class P {
  static a: i64 = -1n;
  static b: u64 = 1n;
  @xdp static run(ctx: XdpContext): XdpAction {
    return P.a < P.b ? XdpAction.Pass : XdpAction.Drop; // error: EB2004
  }
}
