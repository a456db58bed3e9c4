// EB4005: too much to print.
import { xdp, XdpContext, XdpAction } from "ebpftsc";

export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    const n = ctx.length;
    console.log(`${n} ${n} ${n} ${n} ${n} ${n} ${n} ${n} ${n} ${n} ${n} ${n} ${n}`); // error: EB4005
    return XdpAction.Pass;
  }
}
