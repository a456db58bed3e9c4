// EB3004: map in the wrong place.
import { xdp, XdpContext, XdpAction, HashMap, u32 } from "ebpftsc";

export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    const m = new HashMap<u32, u32>(4); m.delete(1); // error: EB3004
    return XdpAction.Pass;
  }
}
