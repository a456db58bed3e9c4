// EB3003: invalid map size.
import { struct, xdp, XdpContext, XdpAction, RingBuf, u32 } from "ebpftsc";

@struct class Pair { a!: u32; b!: u32 }
export class P {
  static readonly r = new RingBuf<Pair>(1000); // error: EB3003
  @xdp static run(ctx: XdpContext): XdpAction {
    const e = P.r.reserve();
    if (!e) return XdpAction.Pass;
    P.r.submit(e);
    return XdpAction.Pass;
  }
}
