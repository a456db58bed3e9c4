// EB2011: incompatible layout.
import { struct, xdp, XdpContext, XdpAction, u32, u64 } from "ebpftsc";

@struct class Pair { a!: u32; b!: u32 }
@struct class Triple { a!: u32; b!: u32; c!: u64 }
export class P {
  static f(p: Pair): u32 {
    return p.a;
  }
  @xdp static run(ctx: XdpContext): XdpAction {
    const t = new Triple();
    return P.f(t) ? XdpAction.Pass : XdpAction.Drop; // error: EB2011
  }
}
