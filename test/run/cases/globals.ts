// Static fields: config in .rodata, .data, .bss, constant tables, atomics on globals and map values.
import {
  ArrayMap,
  atomic,
  type Bytes,
  config,
  type FixedArray,
  type i32,
  struct,
  u8,
  type u32,
  u64,
  XdpAction,
  type XdpContext,
  xdp,
} from "ebpftsc";

@struct
export class In {
  a!: u32;
  b!: u64;
}
// packet: { a: 6, b: 1000n }

@struct
class Stats {
  packets!: u64;
  flags!: u32;
  low!: i32;
}

export class P {
  static readonly out = new ArrayMap<u64>(64);
  static readonly stats = new ArrayMap<Stats>(1);
  @config static port: u32 = 443;
  @config static enabled: boolean = true;
  static counter: u64 = 0n;
  static start: u32 = 17;
  static small: u8 = 250;
  static negative: i32 = -3;
  static state: Stats = { packets: 9n, flags: 1, low: -1 };
  static readonly table: FixedArray<u32, 4> = [10, 20, 30, 40];
  static readonly magic: Bytes<4> = [0xde, 0xad, 0xbe, 0xef];
  static put(i: u32, v: u64): void {
    const r = P.out.lookup(i);
    if (r) r.value = v;
  }

  @xdp static run(ctx: XdpContext): XdpAction {
    const p = ctx.packet.at(In, 0);
    if (!p) return XdpAction.Aborted;
    const { a, b } = p;
    P.put(0, u64(P.port)); //= 443n
    P.put(1, P.enabled ? 1n : 0n); //= 1n
    P.counter += b;
    P.put(2, P.counter); //= 1000n
    P.start += a;
    P.put(3, u64(P.start)); //= 23n
    P.small += u8(a);
    P.put(4, u64(P.small)); //= 0n
    P.put(5, u64(P.negative)); //= -3n
    P.state.packets++;
    P.put(6, P.state.packets + u64(P.state.flags)); //= 11n
    P.put(7, u64(P.table[a & 3])); //= 30n
    P.put(8, u64(P.magic[1])); //= 0xadn
    atomic.add(P.counter, 5n);
    P.put(9, atomic.fetchAdd(P.counter, 2n)); //= 1005n
    P.put(10, atomic.exchange(P.counter, 50n)); //= 1007n
    P.put(11, atomic.compareExchange(P.counter, 50n, 60n)); //= 50n
    P.put(12, atomic.compareExchange(P.counter, 50n, 70n)); //= 60n
    P.put(13, P.counter); //= 60n
    const s = P.stats.lookup(0);
    if (s) {
      atomic.add(s.packets, 4n);
      atomic.or(s.flags, 0xf0);
      atomic.and(s.flags, 0x3c);
      atomic.xor(s.flags, 0x0f);
      P.put(14, u64(atomic.fetchOr(s.flags, 0x100))); //= 0x3fn
      P.put(15, u64(s.flags)); //= 0x13fn
      P.put(16, s.packets); //= 4n
      P.put(17, u64(atomic.fetchAdd(s.low, -7))); //= 0n
      P.put(18, u64(s.low)); //= -7n
      P.put(19, u64(atomic.fetchAnd(s.flags, 0x30))); //= 0x13fn
      P.put(20, u64(atomic.fetchXor(s.flags, 0x1))); //= 0x30n
    }
    const o = P.out.lookup(40);
    if (o) atomic.add(o, 3n);
    P.put(21, P.out.lookup(40)?.value ?? 0n); //= 3n
    return XdpAction.Pass;
  }
}
