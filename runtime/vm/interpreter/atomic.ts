/**
 * Atomic operations (RFC 9669, 5.3) as plain read-modify-write: one thread runs at a time. Fetching forms leave the old
 * value in src, zero-extended; compare-exchange compares with r0 and always leaves the old value there.
 */
import { Atomic } from "../../isa/index.js";

export function atomic32(r: Int32Array, view: DataView, at: number, operation: number, s: number): void {
  const old = view.getInt32(at, true);
  const value = r[s] as number;
  if (operation === Atomic.Cmpxchg) {
    if (old === r[0]) view.setInt32(at, value, true);
    r[0] = old;
    r[1] = 0;
    return;
  }
  let next = value;
  switch (operation & ~Atomic.Fetch) {
    case Atomic.Add:
      next = (old + value) | 0;
      break;
    case Atomic.Or:
      next = old | value;
      break;
    case Atomic.And:
      next = old & value;
      break;
    case Atomic.Xor:
      next = old ^ value;
      break;
  }
  view.setInt32(at, next, true);
  if ((operation & Atomic.Fetch) === 0) return;
  r[s] = old;
  r[s + 1] = 0;
}

export function atomic64(r: Int32Array, view: DataView, at: number, operation: number, s: number): void {
  const lo = view.getInt32(at, true);
  const hi = view.getInt32(at + 4, true);
  const vl = r[s] as number;
  const vh = r[s + 1] as number;
  if (operation === Atomic.Cmpxchg) {
    if (lo === r[0] && hi === r[1]) write(view, at, vl, vh);
    r[0] = lo;
    r[1] = hi;
    return;
  }
  switch (operation & ~Atomic.Fetch) {
    case Atomic.Add: {
      const sum = (lo + vl) | 0;
      write(view, at, sum, hi + vh + (sum >>> 0 < vl >>> 0 ? 1 : 0));
      break;
    }
    case Atomic.Or:
      write(view, at, lo | vl, hi | vh);
      break;
    case Atomic.And:
      write(view, at, lo & vl, hi & vh);
      break;
    case Atomic.Xor:
      write(view, at, lo ^ vl, hi ^ vh);
      break;
    default:
      write(view, at, vl, vh);
  }
  if ((operation & Atomic.Fetch) === 0) return;
  r[s] = lo;
  r[s + 1] = hi;
}

function write(view: DataView, at: number, lo: number, hi: number): void {
  view.setInt32(at, lo, true);
  view.setInt32(at + 4, hi, true);
}
