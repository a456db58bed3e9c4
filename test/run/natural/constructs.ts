/** Functions in the forms that TypeScript has, mixed into the generated programs: arrows, defaults, results of every kind. */
import type { Maker, Num, Run, Statement } from "./program.js";

/** Declarations that the statements use. */
export const FUNCTIONS = `
@struct class Two { first!: u32; second!: u32 }
const LIMITS = { a: 5, inner: { b: 2 ** 5 } } as const;
const scaled = (x: number, by: number = 3): number => x * by + 1;
function lower(x: number): u32 | undefined { return x > 40 ? undefined : u32(x); }
function odd(x: number): u32 | undefined { if (x % 2 === 1) return u32(x); return lower(x + 30); }
function two(x: number): Two { return { first: u32(x), second: u32(x + 1) }; }
function larger(x: number, y: number): Two { const a = two(x); return x > y ? a : two(y); }
function pairOf(x: number): [u32, u16] { return [u32(x), u16(x & 0xfff)]; }
function apply(x: number, f: (v: number) => number): number { return f(f(x)); }
`;
const A = 5n;
const B = 32n;
const SLOTS = 16;
const u32 = (x: bigint): bigint => BigInt.asUintN(32, x);
const lower = (x: bigint): bigint | undefined => (x > 40n ? undefined : u32(x));
const odd = (x: bigint): bigint | undefined => (x % 2n === 1n ? u32(x) : lower(x + 30n));

/** A statement with one of those functions. @param number a number of the packet, not negative */
export function construct(make: Maker, number: () => Num): Statement {
  const { random } = make;
  const slot = random.below(SLOTS);
  const n = number();
  const put = (text: string, value: (r: Run) => bigint, before = ""): Statement => ({
    text: `${before}P.put(${slot}, ${text});`,
    run: (r) => {
      r.out[slot] = BigInt.asUintN(64, value(r));
    },
  });
  switch (random.below(9)) {
    case 0:
      return put(`u64(scaled(${n.text}))`, (r) => n.value(r) * 3n + 1n);
    case 1:
      return put(`u64(scaled(${n.text}, LIMITS.inner.b)) + u64(LIMITS.a)`, (r) => n.value(r) * B + 1n + A);
    case 2: {
      const [f, q] = [make.name("f"), make.name("q")];
      const m = number();
      const before = `const ${q} = ${m.text}; const ${f} = (x: number): number => x + ${q} + LIMITS.a; `;
      return put(`u64(${f}(${n.text}) + ${f}(1))`, (r) => n.value(r) + 2n * m.value(r) + 2n * A + 1n, before);
    }
    case 3:
      return put(`u64(lower(${n.text}) ?? 99)`, (r) => lower(n.value(r)) ?? 99n);
    case 4: {
      const o = make.name("o");
      return {
        text: `const ${o} = odd(${n.text}); if (${o} !== undefined && ${o} > 2) P.put(${slot}, u64(${o})); else if (!${o}) P.put(${slot}, 7n);`,
        run: (r) => {
          const value = odd(n.value(r));
          if (value !== undefined && value > 2n) r.out[slot] = value;
          else if (!value) r.out[slot] = 7n;
        },
      };
    }
    case 5: {
      const t = make.name("t");
      const before = `const ${t} = two(${n.text}); `;
      return put(`u64(${t}.first) * 2n + u64(${t}.second)`, (r) => u32(n.value(r)) * 2n + u32(n.value(r) + 1n), before);
    }
    case 6: {
      const [a, b] = [make.name("a"), make.name("b")];
      const before = `const [${a}, ${b}] = pairOf(${n.text}); `;
      return put(`u64(${a}) + u64(${b})`, (r) => u32(n.value(r)) + (n.value(r) & 0xfffn), before);
    }
    case 7: {
      const m = number();
      const most = (r: Run): bigint => (n.value(r) > m.value(r) ? n.value(r) : m.value(r));
      return put(`u64(larger(${n.text}, ${m.text}).second)`, (r) => u32(most(r) + 1n));
    }
    default: {
      const [acc, i] = [make.name("acc"), make.name("i")];
      const m = number();
      const before = `let ${acc}: number = ${n.text}; for (const ${i} of range(0, 3)) ${acc} = apply(${acc}, (v) => (v % 1000) + ${i}); `;
      return put(
        `u64(${acc} + apply(${m.text}, scaled))`,
        (r) => {
          let value = n.value(r);
          for (let k = 0n; k < 3n; k++) value = (((value % 1000n) + k) % 1000n) + k;
          return value + (m.value(r) * 3n + 1n) * 3n + 1n;
        },
        before,
      );
    }
  }
}
