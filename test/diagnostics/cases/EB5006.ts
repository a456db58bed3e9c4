// EB5006: stack budget.
import { struct, xdp, XdpContext, XdpAction, type Bytes } from "ebpftsc";

@struct class Big { data!: Bytes<600> }
export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    const b = new Big(); b.data[0] = 1; // error: EB5006
    console.log(`${b.data[1]}`);
    ctx.loadBytes(0, b);
    return b.data[2] ? XdpAction.Pass : XdpAction.Drop;
  }
}
