// EB3007: memory that does not outlive the call.
import { struct, xdp, XdpContext, XdpAction, u32 } from "ebpftsc";

@struct class Pair { a!: u32; b!: u32 }
export class P {
  static f(): Pair {
    const p = new Pair(); p.a = 1;
    return p; // error: EB3007
  }
  @xdp static run(ctx: XdpContext): XdpAction {
    return P.f().a ? XdpAction.Pass : XdpAction.Drop;
  }
}
