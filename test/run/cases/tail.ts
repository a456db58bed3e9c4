// Tail calls and global functions. The first program hands over to others of its class.
import { ArrayMap, type be16, global, struct, tail, type u16, u32, u64, XdpAction, type XdpContext, xdp } from "ebpftsc";

@struct export class In { kind!: u32; n!: u32; port!: be16; low!: u16 }
// packet: { kind: 1, n: 20, port: 80, low: 5 }

@struct class Sums { first!: u64; second!: u64 }

export class P {
  static readonly out = new ArrayMap<u64>(64);
  static put(i: u32, v: u64): void {
    const r = P.out.lookup(i);
    if (r) r.value = v;
  }
  @global static weigh(n: u32, factor: u16): u64 {
    return u64(n * factor + 1);
  }
  @global static add(sums: Sums, by: u64): u32 {
    sums.first += by;
    sums.second = sums.first * 2n;
    return u32(by);
  }

  @xdp static second(ctx: XdpContext): XdpAction {
    P.put(3, 33n); //= 33n
    const sums = new Sums();
    P.put(4, u64(P.add(sums, 4n))); //= 4n
    P.put(5, sums.first + sums.second); //= 12n
    return XdpAction.Tx;
  }
  @xdp static third(ctx: XdpContext): XdpAction {
    P.put(6, 66n);
    return tail(P.second, ctx, XdpAction.Drop);
  }

  @xdp static run(ctx: XdpContext): XdpAction {
    const p = ctx.packet.at(In, 0);
    if (!p) return XdpAction.Aborted;
    P.put(0, P.weigh(p.n, p.low)); //= 101n
    if (p.kind === 1) return tail(P.second, ctx);
    if (p.kind === 2) return tail(P.third, ctx, XdpAction.Drop);
    P.put(1, 11n);
    return XdpAction.Pass;
  }
}
