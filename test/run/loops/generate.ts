/**
 * Random parser loops over packet data, as people write them: a cursor or an offset, rounds that read small fields, branch
 * on them, skip lengths out of the packet, count, and leave in many ways. The text of the body is TypeScript without types,
 * so that the same text is compiled and run as JavaScript (reference.ts).
 */
import type { Random } from "../../harness/random.js";

export interface ParserLoop {
  /** The module that is compiled. */
  readonly source: string;
  /** The body of its program. */
  readonly body: string;
}

/** Most rounds of a loop. */
const MAX_ROUNDS = 64;
/** Most rounds of both loops together where one is in the other. */
const MAX_NESTED = 8;

const PREAMBLE = `import { ArrayMap, htons, ntohs, range, struct, u32, XdpAction, xdp, XdpContext } from "ebpftsc";
import type { be16, Cursor, u8, u64 } from "ebpftsc";
@struct class U8 { value!: u8 }
@struct class U16 { value!: be16 }
@struct class Pair { kind!: u8; length!: u8 }
@struct class Quad { a!: u8; b!: u8; c!: be16 }
@struct class Found { times!: u32; where!: u32 }
`;

class Writer {
  private readonly lines: string[] = [];
  private depth = 2;
  line(text: string): void {
    if (text.startsWith("}")) this.depth--;
    this.lines.push(`${"  ".repeat(this.depth)}${text}`);
    if (text.endsWith("{")) this.depth++;
  }
  get text(): string {
    return this.lines.join("\n");
  }
}

const VERDICTS = ["XdpAction.Drop", "XdpAction.Pass", "XdpAction.Tx"] as const;

class Generator {
  private readonly out = new Writer();
  private names = 0;
  private readonly byCursor: boolean;
  private readonly helper: boolean;

  constructor(private readonly random: Random) {
    this.byCursor = random.below(3) > 0;
    this.helper = this.byCursor && random.below(3) === 0;
  }

  generate(): ParserLoop {
    const { out, random } = this;
    out.line("let count = 0;");
    out.line("let sum = u32(0);");
    out.line("let last = 0;");
    out.line("let flag = false;");
    out.line("let other = false;");
    out.line("const found = new Found();");
    if (this.byCursor) out.line(`const c = ctx.packet.cursor(${random.pick(["", "4", "14"])});`);
    else out.line(`let at = ${random.pick(["0", "4", "14"])};`);
    if (random.below(2) === 0) this.read("Pair", "first", () => "return XdpAction.Aborted;");
    else
      out.line("const first = { kind: 40, length: 60 };".replace("{ kind: 40, length: 60 }", "ctx.packet.at(Pair, 0)"));
    out.line("if (!first) return XdpAction.Aborted;");
    this.loop(1 + random.below(MAX_ROUNDS), 0);
    if (random.below(2) === 0) {
      this.read("Quad", "tail", () => "");
      out.line("if (tail) sum = u32(sum * 31 + ntohs(tail.c) + tail.a);");
    }
    if (random.below(2) === 0) out.line("if (flag) sum = u32(sum + 7);");
    if (random.below(2) === 0) out.line("if (other && found.times > 1) last = 3;");
    out.line("sum = u32(sum + found.where);");
    out.line("const slot = P.out.lookup(0);");
    out.line("if (slot) slot.value = BigInt(u32(count));");
    out.line("const slot1 = P.out.lookup(1);");
    out.line("if (slot1) slot1.value = BigInt(sum);");
    out.line("const slot2 = P.out.lookup(2);");
    out.line(`if (slot2) slot2.value = BigInt(${this.byCursor ? "u32(c.offset)" : "u32(at)"});`);
    if (random.below(2) === 0) {
      out.line("const counted = P.hits.lookup(count & 63);");
      out.line("if (counted) counted.value += 1n;");
    }
    out.line("return last === 3 ? XdpAction.Tx : XdpAction.Pass;");
    const helper = this.helper
      ? `  static option(c: Cursor, least: number): number {
    const length = c.next(U8);
    if (!length || length.value < least) return -1;
    c.skip(length.value - least);
    return length.value;
  }
`
      : "";
    const source = `${PREAMBLE}export class P {
  static readonly out = new ArrayMap<u64>(4);
  static readonly hits = new ArrayMap<u64>(64);
${helper}  @xdp static run(ctx: XdpContext): XdpAction {
${out.text}
  }
}
`;
    return { source, body: out.text };
  }

  private name(base: string): string {
    return `${base}${this.names++}`;
  }

  /** Declares `name` as the header at the position, which moves behind it. */
  private read(type: string, name: string, otherwise: () => string): void {
    const bytes = { U8: 1, U16: 2, Pair: 2, Quad: 4 }[type] ?? 1;
    this.out.line(`const ${name} = ${this.byCursor ? `c.next(${type})` : `ctx.packet.at(${type}, at)`};`);
    const leave = otherwise();
    if (leave !== "") this.out.line(`if (!${name}) ${leave}`);
    if (!this.byCursor) this.out.line(leave === "" ? `if (${name}) at += ${bytes};` : `at += ${bytes};`);
  }

  private skip(bytes: string): void {
    this.out.line(this.byCursor ? `c.skip(${bytes});` : `at += ${bytes};`);
  }

  private loop(rounds: number, depth: number): void {
    const { out, random } = this;
    const i = this.name("i");
    const position = this.byCursor ? "c.offset" : "at";
    switch (random.below(7)) {
      case 0:
        out.line(`for (const ${i} of range(${rounds})) {`);
        break;
      case 1:
        out.line(`for (const ${i} of range(0, first.length, ${rounds})) {`);
        break;
      case 2:
        out.line(`for (let ${i} = 0; ${i} < ${rounds} && ${position} < first.length + 20; ${i}++) {`);
        break;
      case 3:
        out.line(`let ${i} = 0;`);
        out.line(`while (${i} < ${rounds}) {`);
        out.line(`${i}++;`);
        break;
      case 4:
        out.line(`let ${i} = 0;`);
        out.line("for (;;) {");
        out.line(`if (${i} >= ${rounds}) break;`);
        out.line(`${i} += 1;`);
        break;
      case 5:
        out.line(`for (let ${i} = ${rounds}; ${i} > 0; ${i}--) {`);
        break;
      default:
        out.line(`for (let ${i} = 0; ${i} < ${rounds}; ${i}++) {`);
    }
    if (random.below(4) === 0) out.line(`if (${position} >= first.kind + 30) break;`);
    this.round(i, rounds, depth);
    out.line("}");
  }

  private leave(): string {
    return this.random.pick(["break;", "break;", `return ${this.random.pick(VERDICTS)};`]);
  }

  private round(i: string, rounds: number, depth: number): void {
    const { out, random } = this;
    const kind = this.name("kind");
    if (random.below(3) === 0) {
      this.read("Pair", kind, () => this.leave());
      const value = `${kind}.kind`;
      this.cases(value, i, () => this.lengthOf(`${kind}.length`));
    } else {
      this.read("U8", kind, () => this.leave());
      this.cases(`${kind}.value`, i, () => this.variable());
    }
    if (random.below(2) === 0) out.line("count++;");
    if (random.below(3) === 0) out.line(`sum = u32(sum * 33 + count + ${i});`);
    if (depth === 0 && random.below(6) === 0 && rounds <= MAX_NESTED) this.loop(1 + random.below(MAX_NESTED), 1);
  }

  /** What the kinds do. */
  private cases(kind: string, i: string, other: () => void): void {
    const { out, random } = this;
    if (random.below(2) === 0) out.line(`if (${kind} === 0) ${this.leave()}`);
    if (random.below(2) === 0) {
      out.line(`if (${kind} === 1) {`);
      if (random.below(2) === 0) out.line("count++;");
      out.line("continue;");
      out.line("}");
    }
    if (random.below(2) === 0) {
      const value = this.name("value");
      out.line(`if (${kind} === ${2 + random.below(3)}) {`);
      this.read(random.pick(["U16", "Quad"]), value, () => this.leave());
      out.line(`last = ${random.pick(["3", `${value}.${this.fieldOf(value)}`, "last + 1", i])};`);
      out.line(random.pick(["continue;", "count += 2;", ""]));
      out.line("}");
    }
    if (random.below(3) === 0) this.clauses(kind, i);
    other();
  }

  /** A switch whose clauses only note what came. */
  private clauses(kind: string, i: string): void {
    const { out, random } = this;
    out.line(`switch (${kind}) {`);
    for (const value of [1, 2, 3, 4].filter(() => random.below(3) > 0)) {
      out.line(`case ${value}: {`);
      out.line(
        random.pick(["flag = true;", "other = true;", "found.times++;", `found.where = u32(${i});`, "flag = !flag;"]),
      );
      out.line(random.pick(["break;", "break;", "continue;", ""]));
      out.line("}");
    }
    out.line("default: {");
    out.line(random.pick(["count++;", "other = false;", "found.where = u32(found.where + 1);"]));
    out.line("}");
    out.line("}");
  }

  /** The small field of what was read last under a name: both structs that a case reads begin so. */
  private fieldOf(value: string): string {
    return this.out.text.includes(`${value} = ${this.byCursor ? "c.next(" : "ctx.packet.at("}Quad`)
      ? "a"
      : "value === htons(3) ? 3 : 4";
  }

  private variable(): void {
    const { out, random } = this;
    if (this.helper) {
      const length = this.name("length");
      out.line(`const ${length} = P.option(c, ${random.below(3)});`);
      out.line(`if (${length} < 0) ${this.leave()}`);
      out.line(`sum = u32(sum + ${length});`);
      return;
    }
    const length = this.name("length");
    this.read("U8", length, () => this.leave());
    this.lengthOf(`${length}.value`);
  }

  private lengthOf(length: string): void {
    const { out, random } = this;
    switch (random.below(5)) {
      case 0:
        out.line(`if (${length} < 2) ${this.leave()}`);
        this.skip(`${length} - 2`);
        break;
      case 1:
        this.skip(`(${length} + 1) * 8 - 2`);
        break;
      case 2:
        this.skip(`${length} << 2`);
        break;
      case 3:
        out.line(`if (${length} > 63) ${this.leave()}`);
        this.skip(length);
        break;
      default:
        this.skip(`${length} & 15`);
    }
  }
}

export const generateLoop = (random: Random): ParserLoop => new Generator(random).generate();
