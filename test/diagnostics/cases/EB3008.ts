// EB3008: decorator without meaning.
import { config, struct, type u32, xdp, type XdpContext, XdpAction } from "ebpftsc";

const alias = xdp;

export class P {
  @config static limit: u32 = 1;
  @xdp static run(ctx: XdpContext): XdpAction {
    return P.limit > ctx.length ? XdpAction.Pass : XdpAction.Drop;
  }
  @alias static third(_ctx: XdpContext): XdpAction { // error: EB3008
    return XdpAction.Pass;
  }
}
@struct
export class S {
  a!: u32;
}
export namespace Inner { // error: EB1012
  export class Q {
    @xdp static lost(_ctx: XdpContext): XdpAction {
      return XdpAction.Pass;
    }
  }
}
