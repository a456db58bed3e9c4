// EB1007: run-time type information.
import { struct, xdp, XdpContext, XdpAction, u32 } from "ebpftsc";

@struct class Pair { a!: u32; b!: u32 }
export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    const s = new Pair();
    return s instanceof Pair ? XdpAction.Pass : XdpAction.Drop; // error: EB1007
  }
}
