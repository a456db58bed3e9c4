// Calls: subprograms, generics, methods across classes, module functions, imports, references as arguments and results.
import { ArrayMap, HashMap, type Ref, struct, type u8, u32, u64, XdpAction, type XdpContext, xdp } from "ebpftsc";
import { clamp, LIMIT, mix } from "./lib/util.js";

@struct
export class In {
  a!: u32;
  b!: u32;
  c!: u64;
}
// packet: { a: 12, b: 30, c: 1000n }

@struct
class Counter {
  hits!: u64;
  last!: u32;
}

function larger<T extends number | bigint>(x: T, y: T): T {
  return x > y ? x : y;
}
function twice(n: u32): u32 {
  return u32(n * 2);
}
function bump(counter: Counter, by: u64): u64 {
  counter.hits += by;
  return counter.hits;
}
function entry(key: u32): Counter | undefined {
  return Store.counters.lookupOrInit(key, { hits: 5n, last: 1 });
}

export class Store {
  static readonly counters = new HashMap<u32, Counter>(8);
  static readonly plain = new HashMap<u32, u64>(8);
}

export class P {
  static readonly out = new ArrayMap<u64>(64);
  static put(i: u32, v: u64): void {
    const r = P.out.lookup(i);
    if (r) r.value = v;
  }
  static addTo(ref: Ref<u64>, n: u64): void {
    ref.value += n;
  }
  static five(a: u32, b: u32, c: u32, d: u32, e: u8): u32 {
    return u32(a + b * 2 + c * 3 + d * 4 + e * 5);
  }
  static pick(first: boolean, x: Counter, y: Counter): Counter {
    return first ? x : y;
  }

  @xdp static run(ctx: XdpContext): XdpAction {
    const p = ctx.packet.at(In, 0);
    if (!p) return XdpAction.Aborted;
    const { a, b, c } = p;
    P.put(0, u64(twice(twice(a)))); //= 48n
    P.put(1, u64(larger(a, b))); //= 30n
    P.put(2, larger(c, 5n)); //= 1000n
    P.put(3, u64(clamp(a, 0, 10))); //= 10n
    P.put(4, u64(LIMIT)); //= 77n
    P.put(5, u64(P.five(1, 2, 3, 4, 5))); //= 55n
    const e = entry(a);
    P.put(6, e ? bump(e, 3n) : 0n); //= 8n
    P.put(7, entry(a)?.hits ?? 0n); //= 8n
    Store.plain.update(1, c);
    const r = Store.plain.lookup(1);
    if (r) P.addTo(r, 11n);
    P.put(8, Store.plain.lookup(1)?.value ?? 0n); //= 1011n
    const mine = new Counter();
    const other: Counter = { hits: 100n, last: 9 };
    bump(P.pick(a > b, mine, other), 7n);
    P.put(9, mine.hits); //= 0n
    P.put(10, other.hits); //= 107n
    P.put(11, mix(c)); //= ((1000n ^ (1000n << 7n)) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn
    Store.plain.delete(1);
    P.put(12, Store.plain.lookup(1) === undefined ? 1n : 0n); //= 1n
    P.put(13, u64(Store.counters.lookup(a)?.last === 1)); //= 1n
    P.put(14, u64(Store.counters.lookup(b)?.last === 1)); //= 0n
    P.put(15, u64(Store.counters.lookup(b)?.last !== 1)); //= 1n
    P.put(16, u64(Store.counters.lookup(b)?.last === undefined)); //= 1n
    P.put(17, u64(Store.counters.lookup(a)?.last !== undefined && c > 5n)); //= 1n
    return XdpAction.Pass;
  }
}
