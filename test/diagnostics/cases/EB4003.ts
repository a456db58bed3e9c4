// EB4003: needs a newer instruction set. cpu: v2
import { xdp, XdpContext, XdpAction, u64, atomic } from "ebpftsc";

export class P {
  //cpu v2
  static n: u64 = 0n;
  @xdp static run(ctx: XdpContext): XdpAction {
    return atomic.fetchAdd(P.n, 1n) > 4n ? XdpAction.Pass : XdpAction.Drop; // error: EB4003
  }
}
