// EB2008: comparison of references.
import { struct, xdp, XdpContext, XdpAction, u32 } from "ebpftsc";

@struct class Pair { a!: u32; b!: u32 }
export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    const a = new Pair();
    const b = new Pair();
    return a === b ? XdpAction.Pass : XdpAction.Drop; // error: EB2008
  }
}
