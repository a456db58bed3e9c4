// EB1013: iteration.
import { struct, xdp, XdpContext, XdpAction, u32 } from "ebpftsc";

@struct class Pair { a!: u32; b!: u32 }
export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    const s = new Pair();
    for (const k in s) return XdpAction.Drop; // error: EB1013
    return XdpAction.Pass;
  }
}
