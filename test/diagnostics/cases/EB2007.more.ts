// EB2007: a fraction that no integer takes: untyped variables, untyped results, printing.
import { type u32, XdpAction, type XdpContext, xdp } from "ebpftsc";

export class P {
  static half(n: u32): number {
    return n / 2; // error: EB2007
  }
  @xdp static run(ctx: XdpContext): XdpAction {
    const x = ctx.length / 3; // error: EB2007
    console.log(`${ctx.length / 4}`); // error: EB2007
    const fine: u32 = ctx.length / 5;
    return P.half(fine) + x > 3 ? XdpAction.Pass : XdpAction.Drop;
  }
}
