// Statements: if, loops of every form, labels, switch with fall-through, early returns.
import {
  ArrayMap,
  type be16,
  htons,
  range,
  struct,
  type u8,
  type u32,
  u64,
  XdpAction,
  type XdpContext,
  xdp,
} from "ebpftsc";

@struct
export class In {
  n!: u8;
  m!: u8;
  kind!: be16;
  total!: u32;
}
// packet: { n: 5, m: 3, kind: 0x86dd, total: 1000 }

const TABLE = [3, 1, 4, 1, 5, 9, 2, 6] as const;

export class P {
  static readonly out = new ArrayMap<u64>(64);
  static put(i: u32, v: u64): void {
    const r = P.out.lookup(i);
    if (r) r.value = v;
  }
  static classify(n: u8): u32 {
    if (n < 2) return 10;
    else if (n < 5) return 20;
    return 30;
  }

  @xdp static run(ctx: XdpContext): XdpAction {
    const p = ctx.packet.at(In, 0);
    if (!p) return XdpAction.Aborted;
    const { n, m, kind, total } = p;
    P.put(0, u64(P.classify(n))); //= 30n
    P.put(1, u64(P.classify(m))); //= 20n
    let sum = 0;
    for (let i = 0; i < 10; i++) sum += i;
    P.put(2, u64(sum)); //= 45n
    sum = 0;
    for (let i = 0; i < n; i++) sum += i * m;
    P.put(3, u64(sum)); //= 30n
    let rounds = 0;
    while (rounds < 100) {
      rounds++;
      if (rounds === n) continue;
      if (rounds > 20) break;
    }
    P.put(4, u64(rounds)); //= 21n
    let k = 0;
    do {
      k += 2;
    } while (k < 9);
    P.put(5, u64(k)); //= 10n
    let found = 0;
    outer: for (let i = 0; i < 8; i++) {
      for (let j = 0; j < 8; j++) {
        if (j > i) continue outer;
        if (i * j === 12) {
          found = i * 10 + j;
          break outer;
        }
      }
    }
    P.put(6, u64(found)); //= 43n
    let s = 0;
    for (const i of range(3, 7)) s = s * 10 + i;
    P.put(7, u64(s)); //= 3456n
    let t = 0;
    for (const i of range(0, total, 16)) t += i;
    P.put(8, u64(t)); //= 120n
    t = 0;
    for (const _ of range(0, m, 16)) t += 1;
    P.put(9, u64(t)); //= 3n
    let fell = 0;
    switch (n) {
      case 4:
        fell += 1;
      // falls through
      case 5:
        fell += 10;
      // falls through
      case 6:
        fell += 100;
        break;
      default:
        fell += 1000;
    }
    P.put(10, u64(fell)); //= 110n
    let v = 0;
    switch (kind) {
      case htons(0x0800):
        v = 4;
        break;
      case htons(0x86dd):
        v = 6;
        break;
    }
    P.put(11, u64(v)); //= 6n
    let total2 = 0;
    for (const x of TABLE) total2 += x;
    P.put(12, u64(total2)); //= 31n
    P.put(13, u64(TABLE[n])); //= 9n
    P.put(14, u64(TABLE[2])); //= 4n
    P.put(15, u64(TABLE[n + 20])); //= 0n
    done: {
      if (n > 3) break done;
      P.put(16, 99n);
    }
    let w = 0;
    for (let i = 10, j = 0; i > 0 && j < 50; i -= 3, j++) w += i + j;
    P.put(17, u64(w)); //= 28n
    for (let i = 0; i < 4; i++) {
      switch (i) {
        case 1:
          continue;
        case 3:
          break;
        default:
          w += 100;
      }
    }
    P.put(18, u64(w)); //= 228n
    return XdpAction.Pass;
  }
}
