// Integer arithmetic on values that the compiler cannot know. Packet: In { a, b, c, d, e, f, g, h }.
import { ArrayMap, i8, i16, i32, i64, struct, u8, u16, u32, u64, XdpAction, type XdpContext, xdp } from "ebpftsc";

@struct
export class In {
  a!: u32;
  b!: u32;
  c!: i32;
  d!: u16;
  e!: u8;
  f!: i8;
  g!: u64;
  h!: i64;
}
// packet: { a: 4000000000, b: 7, c: -9, d: 65535, e: 200, f: -100, g: 0x8000000000000001n, h: -5n }

export class P {
  static readonly out = new ArrayMap<u64>(64);
  static put(i: u32, v: u64): void {
    const r = P.out.lookup(i);
    if (r) r.value = v;
  }

  @xdp static run(ctx: XdpContext): XdpAction {
    const p = ctx.packet.at(In, 0);
    if (!p) return XdpAction.Aborted;
    const { a, b, c, d, e, f, g, h } = p;
    P.put(0, u64(a + b)); //= 4000000007n
    P.put(1, u64(a * b)); //= 28000000000n
    P.put(2, u64(u32(a * b))); //= 28000000000n & 0xffffffffn
    P.put(3, u64(b - a)); //= 7n - 4000000000n
    P.put(4, u64(Math.trunc(a / b))); //= 571428571n
    P.put(5, u64(a % b)); //= 3n
    P.put(6, u64(Math.trunc(c / b))); //= -1n
    P.put(7, u64(c % b)); //= -2n
    P.put(8, u64(e + e)); //= 400n
    P.put(9, u64(u8(e + e))); //= 144n
    P.put(10, u64(i8(e))); //= -56n
    P.put(11, u64(i16(d))); //= -1n
    P.put(12, u64(f >> 2)); //= -25n
    P.put(13, u64(e >> 2)); //= 50n
    P.put(14, u64(a << 4)); //= 64000000000n
    P.put(15, u64(a & 0xff)); //= 4000000000n & 0xffn
    P.put(16, u64(a | b)); //= 4000000000n | 7n
    P.put(17, u64(a ^ b)); //= 4000000000n ^ 7n
    P.put(18, u64(~a)); //= 294967295n
    P.put(19, u64(~c)); //= 8n
    P.put(20, g + 1n); //= 0x8000000000000002n
    P.put(21, g / 3n); //= 0x8000000000000001n / 3n
    P.put(22, g % 10n); //= 0x8000000000000001n % 10n
    P.put(23, g >> 60n); //= 8n
    P.put(24, u64(h / 2n)); //= -2n
    P.put(25, u64(h % 3n)); //= -2n
    P.put(26, u64(h >> 1n)); //= -3n
    P.put(27, u64(-c)); //= 9n
    P.put(28, u64(i32(a))); //= 4000000000n - 4294967296n
    P.put(29, u64(h * i64(c))); //= 45n
    P.put(30, u64(Math.max(a, b))); //= 4000000000n
    P.put(31, u64(Math.min(c, f))); //= -100n
    P.put(32, u64(Math.abs(f))); //= 100n
    const zero = b - 7;
    P.put(33, u64(Math.trunc(a / zero))); //= 0n
    P.put(34, u64(a % zero)); //= 4000000000n
    P.put(35, u64(b << (b + 57))); //= 7n
    P.put(36, u64(Math.trunc(c / -4))); //= 2n
    P.put(37, u64(c % -4)); //= -1n
    let x: u32 = a;
    x += a;
    P.put(38, u64(x)); //= 8000000000n & 0xffffffffn
    let y: u8 = e;
    y += 100;
    P.put(39, u64(y)); //= 44n
    x -= 5;
    x *= 2;
    x >>= 1;
    P.put(40, u64(x)); //= ((((8000000000n & 0xffffffffn) - 5n) * 2n) & 0xffffffffn) >> 1n
    let n = 3;
    n -= 10;
    P.put(41, u64(n)); //= -7n
    P.put(42, u64(n++)); //= -7n
    P.put(43, u64(++n)); //= -5n
    P.put(44, u64(n--)); //= -5n
    P.put(45, u64(+n)); //= -6n
    P.put(46, u64(Number(b)) + BigInt(b)); //= 14n
    P.put(47, u64(d * d)); //= 65535n * 65535n
    P.put(48, g >> u64(b)); //= 0x8000000000000001n >> 7n
    P.put(49, u64(u16(a) + u8(d))); //= (4000000000n & 0xffffn) + 255n
    P.put(50, u64(true) + u64(a > b)); //= 2n
    return XdpAction.Pass;
  }
}
