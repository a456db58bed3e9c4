/**
 * Programs that mix console.log with everything else that becomes data: @config values, constant tables, static fields
 * with and without initial value. Output: the source, and what its runs must give by JavaScript's own evaluation.
 */
import type { Random } from "../harness/random.js";

export interface Expected {
  readonly result: number;
  /** Lines of console.log. */
  readonly output: readonly string[];
}

export interface DataProgram {
  readonly text: string;
  /** What one run after another must give, by its number from 0. */
  run(n: number): Expected;
}

type Value = { readonly text: string; readonly of: (n: number) => number };

const WIDTHS = { u8: 8, u16: 16, u32: 32 } as const;
type Width = keyof typeof WIDTHS;
const TYPES = Object.keys(WIDTHS) as Width[];

/** Bytes of the packet of every run. */
export const PACKET_LENGTH = 64;

/** The counter of runs begins here: table indexes wrap early. */
const FIRST = 61;

/** @param marker begins every logged line, so that it is found among other programs' lines */
export function dataProgram(random: Random, marker: string): DataProgram {
  const fields: string[] = [];
  const outside: string[] = [];
  const values: Value[] = [
    { text: "P.n", of: (n) => n },
    // Lives as two pointers until its first use: spilled as such, or refused.
    { text: "ctx.length", of: () => PACKET_LENGTH },
  ];
  const state = new Map<string, { value: number; readonly bits: number }>();
  const number = (type: Width): number =>
    random.oneIn(4) ? 0 : random.below(2 ** Math.min(WIDTHS[type], 31)) >>> random.below(WIDTHS[type]);

  for (let i = random.below(3); i > 0; i--) {
    const [type, value] = [random.pick(TYPES), random.below(200)];
    fields.push(`@config static c${i}: ${type} = ${value};`);
    values.push({ text: `P.c${i}`, of: () => value });
  }
  for (let i = random.below(4); i > 0; i--) {
    const type = random.pick(TYPES);
    const items = Array.from({ length: 2 ** (1 + random.below(4)) }, () => number(type));
    outside.push(`const t${i}: FixedArray<${type}, ${items.length}> = [${items.join(", ")}];`);
    values.push({
      text: `t${i}[P.n & ${items.length - 1}]`,
      of: (n) => items[n & (items.length - 1)] ?? 0,
    });
  }
  for (let i = random.below(4); i > 0; i--) {
    const [type, initial] = [random.pick(TYPES), random.oneIn(2) ? 0 : random.below(100)];
    const name = `P.s${i}`;
    fields.push(`static s${i}: ${type} = ${initial};`);
    state.set(name, { value: initial, bits: WIDTHS[type] });
    values.push({ text: name, of: () => state.get(name)?.value ?? 0 });
  }

  const steps: { text: string; run: (n: number, sum: number, out: string[]) => number }[] = [];
  for (let i = 2 + random.below(5); i > 0; i--) {
    const value = random.pick(values);
    const changed = random.pick([...state.keys(), ""]);
    const kind = random.below(changed === "" ? 2 : 3);
    if (kind === 0) {
      // Equal tails and equal texts: what a linker would merge.
      const words = random.pick([
        "value",
        "the value",
        "e",
        "%",
        "100 % of it",
        "",
        "a longer text that says what it is",
      ]);
      const logged = Array.from({ length: random.below(3) }, () => random.pick(values));
      const args = logged.map((v) => `, ${v.text}`).join("");
      steps.push({
        text: `console.log(${JSON.stringify(`${marker} ${words}`)}${args});`,
        run: (n, sum, out) => {
          out.push([`${marker} ${words}`, ...logged.map((v) => v.of(n))].join(" "));
          return sum;
        },
      });
    } else if (kind === 1)
      steps.push({
        text: `sum = sum * 3 + ${value.text};`,
        run: (n, sum) => (Math.imul(sum, 3) + value.of(n)) >>> 0,
      });
    else
      steps.push({
        text: `${changed} += ${1};`,
        run: (_n, sum) => {
          const held = state.get(changed);
          if (held !== undefined) held.value = (held.value + 1) % 2 ** held.bits;
          return sum;
        },
      });
  }
  const text = `import { config, type FixedArray, u8, u16, u32, type XdpContext, xdp } from "ebpftsc";
${outside.join("\n")}
export class P {
  static n: u32 = ${FIRST};
  ${fields.join("\n  ")}
  @xdp static run(ctx: XdpContext): u32 {
    let sum: u32 = 1;
    P.n += ctx.length >> 6;
${steps.map((s) => `    ${s.text}`).join("\n")}
    return sum;
  }
}
`;
  return {
    text,
    run(index) {
      const n = FIRST + 1 + index;
      const output: string[] = [];
      const result = steps.reduce((sum, step) => step.run(n, sum, output), 1);
      return { result, output };
    },
  };
}
