// EB1015: class form.
import { struct, type u32, XdpAction, XdpContext, xdp } from "ebpftsc";

@struct class Pair { a!: u32; b!: u32 }
class Derived extends Pair { c!: u32 } // error: EB1015

export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    const s = new Derived();
    return s.a ? XdpAction.Pass : XdpAction.Drop;
  }
}
