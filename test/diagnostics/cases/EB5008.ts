// EB5008: helper not available.
import { tracepoint, xdp, csumDiff, struct, SysEnterMkdir, XdpContext, XdpAction, u32 } from "ebpftsc";

@struct class Pair { a!: u32; b!: u32 }

function checksum(pair: Pair): u32 {
  return u32(csumDiff(undefined, pair)); // error: EB5008
}

export class P {
  @tracepoint("syscalls", "sys_enter_mkdir") static made(ctx: SysEnterMkdir): void {
    console.log(`${csumDiff(undefined, new Pair())}`); // error: EB5008
    console.log(`${checksum(new Pair())}`);
  }

  // The same functions are right here.
  @xdp static run(ctx: XdpContext): XdpAction {
    return checksum(new Pair()) ? XdpAction.Pass : XdpAction.Drop;
  }
}
