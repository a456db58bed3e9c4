// EB5016: endless loop.
import { xdp, XdpContext, XdpAction, atomic, u64 } from "ebpftsc";

export class P {
  static n: u64 = 0n;

  @xdp static run(ctx: XdpContext): XdpAction {
    while (true) { // error: EB5016
      atomic.add(P.n, 1n);
    }
  }

  @xdp static nested(ctx: XdpContext): XdpAction {
    for (let i = 0; ; i += 1) {
      for (;;) {
        if (i > 3) break;
        for (;;) { // error: EB5016
          switch (i) {
            case 1:
              break;
          }
        }
      }
      if (i > 9) return XdpAction.Pass;
    }
  }
}
