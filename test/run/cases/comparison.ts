// Comparisons: signedness follows the operands, never the register.
import {
  ArrayMap,
  type be16,
  type be32,
  htonl,
  htons,
  i32,
  i64,
  struct,
  type u8,
  type u16,
  u32,
  u64,
  XdpAction,
  type XdpContext,
  xdp,
} from "ebpftsc";

@struct
export class In {
  a!: u32;
  b!: u32;
  c!: i32;
  d!: u16;
  e!: u8;
  flag!: boolean;
  g!: u64;
  h!: i64;
  net!: be32;
  port!: be16;
}
// packet: { a: 4000000000, b: 7, c: -9, d: 65535, e: 200, flag: true, g: 0xffffffffffffffffn, h: -1n, net: 0x0a000001, port: 443 }

enum Color {
  Red = 1,
  Green = 2,
  Blue = 4,
}

export class P {
  static readonly out = new ArrayMap<u64>(64);
  static put(i: u32, v: u64): void {
    const r = P.out.lookup(i);
    if (r) r.value = v;
  }
  static bit(i: u32, v: boolean): void {
    P.put(i, v ? 1n : 0n);
  }

  @xdp static run(ctx: XdpContext): XdpAction {
    const p = ctx.packet.at(In, 0);
    if (!p) return XdpAction.Aborted;
    const { a, b, c, d, e, flag, g, h, net, port } = p;
    P.put(0, u64(a > b)); //= 1n
    P.put(1, u64(c < b)); //= 1n
    P.put(2, u64(c < 0)); //= 1n
    P.put(3, u64(g > 5n)); //= 1n
    P.put(4, u64(h < 5n)); //= 1n
    P.put(5, u64(i64(g) === h)); //= 1n
    P.put(6, u64(a - b > 0)); //= 1n
    P.put(7, u64(b - a < 0)); //= 1n
    P.put(8, u64(e >= 200)); //= 1n
    P.put(9, u64(d <= 65534)); //= 0n
    P.put(10, u64(net === htonl(0x0a000001))); //= 1n
    P.put(11, u64(port !== htons(443))); //= 0n
    P.put(12, u64(flag === true)); //= 1n
    P.put(13, u64(!flag)); //= 0n
    P.put(14, u64(flag && a > b)); //= 1n
    P.put(15, u64(!flag || c > 0)); //= 0n
    P.put(16, u64(b > 5 && b < 9)); //= 1n
    P.put(17, u64(b < 5 || b > 6)); //= 1n
    const color: Color = b === 7 ? Color.Blue : Color.Red;
    P.put(18, u64(color === Color.Blue)); //= 1n
    P.put(19, u64(color)); //= 4n
    P.put(20, u64(g > u64(a))); //= 1n
    P.put(21, u64(i32(a) < 0)); //= 1n
    P.put(22, u64((b || a) === 7)); //= 1n
    P.put(23, u64(b && d)); //= 65535n
    P.put(24, u64(flag ? d : e)); //= 65535n
    const none = u32(b - 7);
    P.put(25, u64(none ? 1 : 2)); //= 2n
    P.put(26, u64(none || e)); //= 200n
    P.bit(27, a > b === flag); // two booleans compared
    P.put(28, u64(a > b === flag)); //= 1n
    return XdpAction.Pass;
  }
}
