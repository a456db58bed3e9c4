// Structs, arrays, buffers: literals, copies, nesting, methods, getters, destructuring, padding.
import {
  ArrayMap,
  type Bytes,
  bytesEqual,
  type CString,
  cstring,
  type FixedArray,
  HashMap,
  offsetOf,
  sizeOf,
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
  a!: u8;
  b!: u32;
  mac!: Bytes<6>;
  words!: FixedArray<u16, 4>;
}
// packet: { a: 9, b: 70000, mac: [1, 2, 3, 4, 5, 6], words: [10, 20, 30, 40] }

@struct
class Point {
  x!: u16;
  y!: u32;
  get sum(): u32 {
    return u32(this.x + this.y);
  }
  scaled(by: u32): u32 {
    return u32(this.sum * by);
  }
  moveTo(x: u16, y: u32): void {
    this.x = x;
    this.y = y;
  }
}
@struct
class Line {
  from!: Point;
  to!: Point;
  tag!: u8;
}
@struct
class Key {
  a!: u8;
  b!: u32;
}
@struct
class Pair {
  left!: Key;
  right!: Key;
}
@struct
class Text {
  name!: CString<16>;
  n!: u32;
}

export class P {
  static readonly out = new ArrayMap<u64>(64);
  static readonly seen = new HashMap<Key, Line>(16);
  static readonly texts = new HashMap<u32, Text>(4);
  static put(i: u32, v: u64): void {
    const r = P.out.lookup(i);
    if (r) r.value = v;
  }
  static fill(line: Line, n: u32): void {
    line.from.x = 1;
    line.to.y = n;
  }

  @xdp static run(ctx: XdpContext): XdpAction {
    const p = ctx.packet.at(In, 0);
    if (!p) return XdpAction.Aborted;
    const pt = new Point();
    pt.moveTo(p.a, p.b);
    P.put(0, u64(pt.sum)); //= 70009n
    P.put(1, u64(pt.scaled(3))); //= 210027n
    pt.x += 1;
    P.put(2, u64(pt.x)); //= 10n
    const line = new Line();
    P.put(3, u64(line.from.y)); //= 0n
    P.fill(line, 55);
    P.put(4, u64(line.from.x)); //= 1n
    P.put(5, u64(line.to.y)); //= 55n
    line.from = pt;
    pt.y = 1;
    P.put(6, u64(line.from.y)); //= 70000n
    const copy: Line = { ...line, tag: 7 };
    line.to.y = 1;
    P.put(7, u64(copy.to.y)); //= 55n
    P.put(8, u64(copy.tag)); //= 7n
    const { from, tag } = copy;
    P.put(9, u64(from.x) + u64(tag)); //= 17n
    P.put(10, u64(sizeOf(Line)) * 100n + u64(offsetOf(Line, "tag"))); //= 2016n
    P.seen.update({ a: p.a, b: p.b }, copy);
    const hit = P.seen.lookup({ b: p.b, a: p.a });
    P.put(11, hit ? u64(hit.to.y) : 999n); //= 55n
    if (hit) hit.to.moveTo(3, 4);
    P.put(12, u64(P.seen.lookup({ a: p.a, b: p.b })?.to.sum ?? 0)); //= 7n
    P.put(13, u64(p.mac[0]) + u64(p.mac[5])); //= 7n
    P.put(14, u64(p.words[p.a - 6])); //= 40n
    P.put(15, u64(p.words[p.a])); //= 0n
    let total = 0;
    for (const w of p.words) total += w;
    P.put(16, u64(total)); //= 100n
    const mine: Bytes<6> = [1, 2, 3, 4, 5, 6];
    P.put(17, u64(bytesEqual(mine, p.mac))); //= 1n
    mine[p.a - 4] = 9;
    mine[p.a + 50] = 77;
    P.put(18, u64(bytesEqual(mine, p.mac))); //= 0n
    P.put(19, u64(mine[5])); //= 9n
    const [first, second] = p.words;
    P.put(20, u64(first) * 100n + u64(second)); //= 1020n
    let a = 1;
    let b = 2;
    [a, b] = [b, a];
    P.put(21, u64(a * 10 + b)); //= 21n
    P.texts.update(1, { name: cstring("hello"), n: 5 });
    const text = P.texts.lookup(1);
    P.put(22, text ? u64(text.name.length) * 100n + u64(text.n) : 0n); //= 1605n
    const pair: Pair = { left: { a: 1, b: 2 }, right: { a: 3, b: 4 } };
    pair.left = { a: 3, b: pair.left.b };
    P.put(23, u64(pair.left.a + pair.left.b) * 100n + u64(pair.right.a + pair.right.b)); //= 507n
    const words: FixedArray<u32, 3> = [100, u32(p.b), 300];
    words[1] += 5;
    P.put(24, u64(words[0] + words[1] + words[2])); //= 70405n
    p.words[2] = 31;
    p.mac = mine;
    return XdpAction.Pass;
  }
}
