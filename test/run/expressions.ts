/**
 * Random integer expressions with what they mean: text for the compiler, and an evaluation in exact 64-bit arithmetic by
 * the rules of the language (docs/language.md, integers). The meaning is written down here a second time on purpose.
 */

export interface Inputs {
  readonly a: bigint;
  readonly b: bigint;
  readonly c: bigint;
  readonly d: bigint;
  readonly e: bigint;
  readonly f: bigint;
  readonly g: bigint;
  readonly h: bigint;
}

interface Node {
  readonly text: string;
  readonly of: (inputs: Inputs) => bigint;
}

/** Fields of struct In: name, type, bytes. */
export const FIELDS = [
  ["a", "u32", 4],
  ["b", "u32", 4],
  ["c", "i32", 4],
  ["d", "u16", 2],
  ["e", "u8", 1],
  ["f", "i8", 1],
  ["g", "u64", 8],
  ["h", "i64", 8],
] as const;

const exact = (x: bigint): bigint => BigInt.asIntN(64, x);
const unsigned = (x: bigint): bigint => BigInt.asUintN(64, x);

export class Expressions {
  constructor(private readonly next: () => number) {}

  private pick<T>(items: readonly T[]): T {
    return items[this.next() % items.length] as T;
  }

  /** An expression of a type that stores into a u64 through u64(). */
  value(depth: number): Node {
    const kind = this.pick(["small", "small", "u64", "i64", "bool"] as const);
    const node = kind === "bool" ? this.bool(depth) : this[kind](depth);
    return { text: `u64(${node.text})`, of: (i) => unsigned(node.of(i)) };
  }

  private binary(x: Node, op: string, y: Node, of: (a: bigint, b: bigint) => bigint): Node {
    return { text: `(${x.text} ${op} ${y.text})`, of: (i) => of(x.of(i), y.of(i)) };
  }

  private leaf(isField = false): Node {
    const name = this.pick(["a", "b", "c", "d", "e", "f"] as const);
    if (isField || this.next() % 4 !== 0) return { text: name, of: (i) => i[name] };
    const value = BigInt(this.pick([0, 1, 2, 3, 7, 10, 100, 255, 256, 65535, 1 << 20, -1, -8]));
    return { text: value < 0n ? `(${value})` : String(value), of: () => value };
  }

  /** Untagged numbers: exact signed 64-bit, wrapping only there. */
  private small(depth: number): Node {
    if (depth === 0) return this.leaf();
    const x = this.small(depth - 1);
    const kind = this.next() % 14;
    if (kind < 6) {
      const op = this.pick(["+", "-", "*", "&", "|", "^"] as const);
      const y = this.small(depth - 1);
      return this.binary(x, op, y, (a, b) =>
        exact({ "+": a + b, "-": a - b, "*": a * b, "&": a & b, "|": a | b, "^": a ^ b }[op]),
      );
    }
    if (kind === 6) {
      const y = this.small(depth - 1);
      const quotient = this.binary(x, "/", y, (a, b) => (b === 0n ? 0n : exact(a / b)));
      return { text: `Math.trunc${quotient.text}`, of: quotient.of };
    }
    if (kind === 7) return this.binary(x, "%", this.small(depth - 1), (a, b) => (b === 0n ? a : a % b));
    if (kind === 8) {
      const n = BigInt(this.next() % 12);
      return { text: `(${x.text} >> ${n})`, of: (i) => x.of(i) >> n };
    }
    if (kind === 9) {
      const n = BigInt(this.next() % 12);
      return { text: `(${x.text} << ${n})`, of: (i) => exact(x.of(i) << n) };
    }
    if (kind === 10) return this.convert(x);
    if (kind === 11) {
      const test = this.bool(depth - 1);
      const y = this.small(depth - 1);
      return { text: `(${test.text} ? ${x.text} : ${y.text})`, of: (i) => (test.of(i) ? x.of(i) : y.of(i)) };
    }
    if (kind === 12) {
      const y = this.small(depth - 1);
      const isMin = this.next() % 2 === 0;
      return {
        text: `Math.${isMin ? "min" : "max"}(${x.text}, ${y.text})`,
        of: (i) => (x.of(i) < y.of(i) === isMin ? x.of(i) : y.of(i)),
      };
    }
    return { text: `(-${x.text})`, of: (i) => exact(-x.of(i)) };
  }

  private convert(x: Node): Node {
    const [sign, bits] = [this.pick(["u", "i"] as const), this.pick([8, 16, 32] as const)];
    const cut = sign === "u" ? BigInt.asUintN : BigInt.asIntN;
    return { text: `${sign}${bits}(${x.text})`, of: (i) => cut(bits, x.of(i)) };
  }

  private u64(depth: number): Node {
    return this.wide(depth, "u64", "g", unsigned);
  }

  private i64(depth: number): Node {
    return this.wide(depth, "i64", "h", exact);
  }

  private wide(depth: number, type: "u64" | "i64", field: "g" | "h", wrap: (x: bigint) => bigint): Node {
    if (depth === 0) {
      if (this.next() % 3 === 0) {
        const value = BigInt(this.next() % 1000);
        return { text: `${type}(${value}n)`, of: () => value };
      }
      return { text: field, of: (i) => i[field] };
    }
    const kind = this.next() % 5;
    if (kind === 0) {
      const x = this.small(depth - 1);
      return { text: `${type}(${x.text})`, of: (i) => wrap(x.of(i)) };
    }
    const x = this.wide(depth - 1, type, field, wrap);
    if (kind === 1) {
      const n = BigInt(this.next() % 64);
      const op = this.pick(["<<", ">>"] as const);
      return { text: `(${x.text} ${op} ${n}n)`, of: (i) => wrap(op === "<<" ? x.of(i) << n : x.of(i) >> n) };
    }
    const y = this.wide(depth - 1, type, field, wrap);
    const op = this.pick(["+", "-", "*", "/", "%", "&", "|", "^"] as const);
    const apply = (a: bigint, b: bigint): bigint => {
      if (op === "/") return b === 0n ? 0n : wrap(a / b);
      if (op === "%") return b === 0n ? a : a % b;
      return wrap({ "+": a + b, "-": a - b, "*": a * b, "&": a & b, "|": a | b, "^": a ^ b }[op]);
    };
    return this.binary(x, op, y, apply);
  }

  private bool(depth: number): Node {
    if (depth > 0 && this.next() % 3 === 0) {
      const [x, y] = [this.bool(depth - 1), this.bool(depth - 1)];
      if (this.next() % 4 === 0) return { text: `!${x.text}`, of: (i) => 1n - x.of(i) };
      const op = this.pick(["&&", "||"] as const);
      return this.binary(x, op, y, (a, b) => (op === "&&" ? a & b : a | b));
    }
    const kind = this.pick(["small", "small", "u64", "i64"] as const);
    const below = Math.max(0, depth - 1);
    // tsc refuses to compare two literals that differ.
    const x = kind === "small" && below === 0 ? this.leaf(true) : this[kind](below);
    const y = this[kind](below);
    const op = this.pick(["<", "<=", ">", ">=", "===", "!=="] as const);
    const holds = (a: bigint, b: bigint): boolean =>
      ({ "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "===": a === b, "!==": a !== b })[op];
    return this.binary(x, op, y, (a, b) => (holds(a, b) ? 1n : 0n));
  }
}
