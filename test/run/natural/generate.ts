/** Programs of the kinds that strangers wrote: headers read first and tested together, aliases, tables, text beside constants. */
import { Random } from "../../harness/random.js";
import { FUNCTIONS } from "./constructs.js";
import { Run, type Statement, Verdict } from "./program.js";
import { FINDERS, reads, tested } from "./reads.js";
import { DECLARATIONS } from "./types.js";
import { LIMIT, TABLES, Uses } from "./uses.js";

export interface Generated {
  readonly text: string;
  /** What one run must give; changes `out` and `packet` in place. */
  evaluate(packet: Uint8Array, out: bigint[]): { readonly verdict: number; readonly lines: readonly string[] };
}

export function generate(seed: number): Generated {
  const random = new Random(seed);
  let count = 0;
  const make = { random, name: (prefix: string): string => `${prefix}${count++}` };
  const found = reads(make);
  const uses = new Uses(make, found);
  const early: Statement[] = random.oneIn(3) ? [absent(make.random.pick(found).name)] : [];
  const body = Array.from({ length: 2 + random.below(6) }, () => uses.statement());
  const end: Statement = { text: "return XdpAction.Pass;", run: () => {} };
  const statements = [...tested(make, found, early, [...body, ...uses.last()]), end];
  const text = `import { ArrayMap, type Bytes, config, copyOf, EthHdr, type FixedArray, ntohs, range, struct, u8, u16, u32, u64, XdpAction, type XdpContext, xdp } from "ebpftsc";
${DECLARATIONS}${FUNCTIONS}${TABLES}
export class P {
  static readonly out = new ArrayMap<u64>(64);
  @config static limit: u8 = ${LIMIT};
  static put(i: u32, v: u64): void { const r = P.out.lookup(i); if (r) r.value = v; }
  static mix(a: Bytes<6>, b: Bytes<6>): void { a[0] = b[5]; a[1] = P.limit; }
  static readdress(eth: EthHdr, dest: Bytes<6>, source: Bytes<6>): void { eth.dest = dest; eth.source = source; }
${FINDERS}
  @xdp static run(ctx: XdpContext): XdpAction {
${statements.map((s) => `    ${s.text}`).join("\n")}
  }
}
`;
  return {
    text,
    evaluate(packet, out) {
      const run = new Run(packet, out);
      try {
        for (const s of statements) s.run(run);
      } catch (e) {
        if (!(e instanceof Verdict)) throw e;
        return { verdict: e.value, lines: run.lines };
      }
      return { verdict: 2, lines: run.lines };
    },
  };
}

/** A look at a header that may be absent, before it is tested. */
const absent = (name: string): Statement => ({
  text: `P.put(15, ${name} ? 1n : 0n);`,
  run: (r) => {
    r.out[15] = r.headers.get(name) ? 1n : 0n;
  },
});
