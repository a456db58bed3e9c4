// EB2013: reference to memory that the next round of a loop makes anew.
import { struct, u32, xdp, XdpContext, XdpAction } from "ebpftsc";

@struct class Two { a!: u32; b!: u32 }
function two(x: number): Two {
  return { a: u32(x), b: u32(x + 1) };
}
export class P {
  @xdp static run(_ctx: XdpContext): XdpAction {
    let keep: Two = { a: 0, b: 0 };
    for (let i = 0; i < 4; i++) {
      const t = two(i);
      if (i === 1) keep = t; // error: EB2013
      keep.b = t.b;
    }
    return keep.a === 1 ? XdpAction.Pass : XdpAction.Drop;
  }
}
