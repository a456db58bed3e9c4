// EB2013: reference to memory that is assigned.
import { EthHdr, xdp, XdpContext, XdpAction } from "ebpftsc";
import type { Bytes } from "ebpftsc";

export class P {
  static clear(mac: Bytes<6>): void {
    mac[0] = 0;
  }
  @xdp static run(ctx: XdpContext): XdpAction {
    const eth = ctx.packet.at(EthHdr, 0);
    if (!eth) return XdpAction.Pass;
    const mac = eth.source; // error: EB2013
    const { dest } = eth; // error: EB2013
    eth.source = eth.dest;
    mac[0] = 2;
    eth.dest = mac;
    P.clear(dest);
    return XdpAction.Tx;
  }
}
