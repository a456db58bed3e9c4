// Structs and enums of one name from two modules, and instances of one generic struct: each is itself everywhere.
import { ArrayMap, HashMap, struct, type u8, u32, u64, XdpAction, type XdpContext, xdp } from "ebpftsc";
import { first, Key as KeyA, Mode as ModeA } from "./lib/key-a.js";
import { Key as KeyB, Mode as ModeB } from "./lib/key-b.js";

@struct
export class In {
  a!: u8;
  b!: u32;
}
// packet: { a: 9, b: 70000 }

@struct
class Box<T> {
  value!: T;
  n!: u32;
}
@struct
class Both {
  m!: ModeA;
  o!: ModeB;
  small!: Box<u32>;
  large!: Box<u64>;
}
function same<T>(x: T): T {
  return x;
}

export class P {
  static readonly out = new ArrayMap<u64>(64);
  static readonly a = new HashMap<KeyA, Both>(4);
  static readonly b = new HashMap<KeyB, u32>(4);
  static put(i: u32, v: u64): void {
    const r = P.out.lookup(i);
    if (r) r.value = v;
  }

  @xdp static run(ctx: XdpContext): XdpAction {
    const p = ctx.packet.at(In, 0);
    if (!p) return XdpAction.Aborted;
    const k: KeyA = { a: p.b };
    const o: KeyB = { x: 1n, y: u64(p.a) };
    P.a.update(same(k), { m: ModeA.On, o: ModeB.Fast, small: { value: 3, n: 1 }, large: { value: 1n << 40n, n: 2 } });
    P.b.update(same(o), p.b);
    const v = P.a.lookup(k);
    P.put(0, v ? v.large.value + u64(v.small.value) : 0n); //= (1n << 40n) + 3n
    P.put(1, v?.o === ModeB.Fast && v.m === ModeA.On ? 1n : 0n); //= 1n
    P.put(2, u64(P.b.lookup({ x: 1n, y: 9n })?.value ?? 0)); //= 70000n
    P.put(3, u64(first(k))); //= 70000n
    return XdpAction.Pass;
  }
}
