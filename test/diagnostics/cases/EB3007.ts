// EB3007: memory that does not outlive the call.
import { struct, xdp, XdpContext, XdpAction, u32 } from "ebpftsc";

@struct class Pair { a!: u32; b!: u32 }
@struct class Maker {
  n!: u32;
  get pair(): Pair {
    const p = new Pair();
    p.a = this.n;
    return p; // error: EB3007
  }
}
export class P {
  @xdp static run(_ctx: XdpContext): XdpAction {
    const m = new Maker();
    return m.pair.a ? XdpAction.Pass : XdpAction.Drop;
  }
}
