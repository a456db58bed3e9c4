// What a TypeScript engineer writes without thinking: arrow functions, default values, tuples, maps and classes as
// arguments, numbers that may be undefined, structs that functions return, constants in objects.
import {
  ArrayMap,
  bytesEqual,
  EthHdr,
  HashMap,
  i32,
  offsetOf,
  sizeOf,
  struct,
  type StructType,
  u8,
  u16,
  u32,
  u64,
  XdpAction,
  type XdpContext,
  xdp,
} from "ebpftsc";

@struct
export class In {
  a!: u8;
  b!: u32;
  c!: u64;
}
// packet: { a: 9, b: 70000, c: 81985529216486895n }

@struct
class Sum {
  x!: u32;
  get doubled(): u32 {
    return u32(this.x * 2);
  }
}
@struct
class Pair {
  left!: u32;
  right!: u32;
}

const IN_SIZE = sizeOf(In);
const C_AT = offsetOf(In, "c");
const LIMITS = { min: 20, max: 2 ** 10, inner: { deep: 7 } } as const;
const FLAGS = { flags: 1 };
const rol = (x: u32, k: number): u32 => u32((x << k) | (x >>> (32 - k)));
const twice = <T extends number>(x: T): number => x * 2;
function apply(x: u32, by: (v: u32) => number, times: u32 = 2): u64 {
  let value: number = x;
  for (let i = 0; i < 4; i++) if (i < times) value = by(u32(value));
  return u64(value);
}
function count(m: HashMap<u32, u64>, key: u32, by: u64 = 1n): void {
  const v = m.lookupOrInit(key, 0n);
  if (v) v.value += by;
}
function header<T>(ctx: XdpContext, type: StructType<T>, at: number): T | undefined {
  return ctx.packet.at(type, at);
}
function split(x: u32): Pair {
  return { left: x >> 8, right: x & 0xff };
}
function ordered(p: Pair): Pair {
  const swapped: Pair = { left: p.right, right: p.left };
  return p.left <= p.right ? p : swapped;
}
function half(x: u32): u32 | undefined {
  if (x % 2 === 1) return undefined;
  return x > 100 ? x / 2 : undefined;
}
function limits(x: u32): [u32, u16] {
  return [x + 1, u16(x + 2)];
}

export class P {
  static readonly out = new ArrayMap<u64>(64);
  static readonly first = new HashMap<u32, u64>(8, { ...FLAGS });
  static readonly second = new HashMap<u32, u64>(8);
  static put(i: u32, v: u64): void {
    const r = P.out.lookup(i);
    if (r) r.value = v;
  }

  @xdp static run(ctx: XdpContext): XdpAction {
    const p = header(ctx, In, 0);
    if (p == null) return XdpAction.Aborted;
    P.put(0, u64(IN_SIZE * 100 + C_AT)); //= 1608n
    P.put(1, u64(LIMITS.min + LIMITS.max + LIMITS.inner.deep)); //= 1051n
    P.put(2, u64(rol(p.b, 4))); //= 1120000n
    P.put(3, u64(twice(p.a))); //= 18n
    let calls = 0;
    const add = (v: u32): number => {
      calls += 1;
      return v + p.a;
    };
    P.put(4, apply(p.b, add)); //= 70018n
    P.put(5, apply(p.b, (v) => v * 2, 3) + u64(calls)); //= 560002n
    count(P.first, p.b);
    count(P.second, p.b, 5n);
    count(P.first, p.b, 2n);
    const m = P.first;
    P.put(6, (m.lookup(p.b)?.value ?? 0n) * 10n + (P.second.lookup(p.b)?.value ?? 0n)); //= 35n
    const parts = split(p.b);
    P.put(7, u64(parts.left * 1000 + parts.right)); //= 273112n
    const other = split(u32(p.a));
    P.put(8, u64(parts.left + other.right)); //= 282n
    const sorted = ordered(parts);
    P.put(9, u64(sorted.left * 1000 + sorted.right)); //= 112273n
    const h = half(p.b);
    P.put(10, u64(h ?? 1)); //= 35000n
    P.put(11, u64(half(u32(p.a)) ?? 1)); //= 1n
    P.put(12, h !== undefined && h > 5 ? u64(h) : 0n); //= 35000n
    if (half(7) === undefined) P.put(13, 77n); //= 77n
    const [next, after] = limits(p.b);
    const both = limits(5);
    P.put(14, u64(next) + u64(after)); //= 70001n + 4466n
    P.put(15, u64(both[0] * 100 + both[1])); //= 607n
    const sum = new Sum();
    sum.x = p.b;
    const { doubled } = sum;
    const { a } = p;
    P.put(16, u64(a + doubled)); //= 140009n
    P.put(17, u64(u32(p.c >> 32n))); //= 0x01234567n
    const minus: i32 = i32(p.a) - 14;
    P.put(18, u64(minus >>> 28)); //= 15n
    P.put(19, u64(-1 >>> 30) + u64(minus >>> 33)); //= 3n + 2147483645n
    const eth = header(ctx, EthHdr, 0);
    P.put(20, eth && bytesEqual(eth.dest, [9, 0, 0, 0, 0x70, 0x11]) ? 1n : 0n); //= 1n
    const LOCAL = { step: 3 } as const;
    P.put(21, u64(LOCAL.step * p.a)); //= 27n
    return XdpAction.Pass;
  }
}
