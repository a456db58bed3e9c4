// EB2001: type without a layout.
import { xdp, XdpContext, XdpAction, HashMap, u32 } from "ebpftsc";

export class P {
  static readonly m = new HashMap<u32, string>(4); // error: EB2001
  @xdp static run(ctx: XdpContext): XdpAction {
    P.m.delete(1);
    return XdpAction.Pass;
  }
}
