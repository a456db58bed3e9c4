/** Drops every packet of a device and counts them, per CPU: the shortest useful XDP program. */
import { PerCpuArray, type u64, XdpAction, type XdpContext, xdp } from "ebpftsc";

export class XdpDrop {
  /** One counter for each CPU. */
  static readonly dropped = new PerCpuArray<u64>(1);

  @xdp static drop(_ctx: XdpContext): XdpAction {
    const count = XdpDrop.dropped.lookup(0);
    if (count) count.value += 1n;
    return XdpAction.Drop;
  }
}
