// EB1009: function value.
import { xdp, XdpContext, XdpAction, u32 } from "ebpftsc";

const kept = [(): u32 => 1]; // error: EB1009

export class P {
  static f(): u32 {
    return 1;
  }
  static g(): u32 {
    return 2;
  }
  @xdp static run(_ctx: XdpContext): XdpAction {
    return kept.length > 0 ? XdpAction.Pass : XdpAction.Drop;
  }
}
