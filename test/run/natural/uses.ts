/** What programs do with headers: numbers, references, swaps, assignments, tables, loops over bytes, text. */
import { construct } from "./constructs.js";
import { type Field, type FieldType, type HeaderType, Memory, sizeOf, typeText } from "./model.js";
import type { Maker, Mem, Num, Run, Statement } from "./program.js";
import type { Read } from "./reads.js";

export const TABLES = `
const SMALL: FixedArray<u32, 3> = [65, 66, 67];
const WIDE: FixedArray<u16, 8> = [1, 2, 4, 8, 16, 32, 64, 128];
`;
const TABLE = { SMALL: [65n, 66n, 67n], WIDE: [1n, 2n, 4n, 8n, 16n, 32n, 64n, 128n] };
export const LIMIT = 7n;
const SLOTS = 16;

const isInt = (f: Field): boolean => f.type.kind === "int";
const same = (a: FieldType, b: FieldType): boolean => typeText(a) === typeText(b);

export class Uses {
  /** References that statements so far made. */
  private readonly references: { readonly name: string; readonly type: FieldType }[] = [];

  constructor(
    private readonly make: Maker,
    private readonly headers: readonly Read[],
  ) {}

  statement(): Statement {
    const { random } = this.make;
    switch (random.below(17)) {
      case 0:
      case 1:
        return this.reference();
      case 2:
      case 3:
        return this.assignment();
      case 4:
        return this.swap();
      case 5:
        return this.elementWrite();
      case 6:
        return this.byteLoop();
      case 7:
        return this.tableRead();
      case 8:
        return this.guardedRead();
      case 9:
        return this.destructuring();
      case 10:
        return this.log();
      case 11:
        return this.putMemory();
      case 12:
        return this.call();
      case 13:
      case 14:
      case 15:
        return construct(this.make, () => this.number());
      default:
        return this.put(this.number());
    }
  }

  /** Everything that is referred to, so that the last use of each is late. */
  last(): readonly Statement[] {
    return this.references.map(({ name, type }) => this.putMemory({ text: name, type, value: (r) => r.mem(name) }));
  }

  private put(value: Num): Statement {
    const slot = this.make.random.below(SLOTS);
    return {
      text: `P.put(${slot}, u64(${value.text}));`,
      run: (r) => {
        r.out[slot] = BigInt.asUintN(64, value.value(r));
      },
    };
  }

  private anyHeader(): { readonly read: Read; readonly type: HeaderType } {
    const read = this.make.random.pick(this.headers);
    return { read, type: read.type };
  }

  /** A number of the packet, unsigned. */
  number(): Num {
    const { random } = this.make;
    const { read, type } = this.anyHeader();
    const field = random.pick(type.fields.filter(isInt));
    const name = field.type.kind === "int" ? field.type.name : "u8";
    const raw: Num = {
      text: name === "be16" ? `ntohs(${read.name}.${field.name})` : `${read.name}.${field.name}`,
      value: (r) => r.header(read.name).whole.int(field.offset, name),
    };
    switch (random.below(5)) {
      case 0:
        return { text: "ctx.length", value: (r) => r.length };
      case 1: {
        const by = BigInt(3 + random.below(9));
        return { text: `(${raw.text} % ${by})`, value: (r) => raw.value(r) % by };
      }
      case 2: {
        const by = BigInt(1 + random.below(200));
        return { text: `(${raw.text} + ${by})`, value: (r) => raw.value(r) + by };
      }
      default:
        return raw;
    }
  }

  /** A field of memory type, of any header. */
  private field(type?: FieldType): (Mem & { readonly header: string; readonly field: Field }) | undefined {
    const { random } = this.make;
    const all = this.headers.flatMap((h) =>
      h.type.fields.filter((f) => !isInt(f) && (!type || same(f.type, type))).map((f) => ({ h, f })),
    );
    if (all.length === 0) return undefined;
    const { h, f } = random.pick(all);
    return {
      text: `${h.name}.${f.name}`,
      type: f.type,
      header: h.name,
      field: f,
      value: (r) => r.header(h.name).part(f),
    };
  }

  /** Memory of a type: a field, a reference, or a literal. */
  private memory(type: FieldType): Mem {
    const { random } = this.make;
    const known = this.references.filter((x) => same(x.type, type));
    if (known.length > 0 && random.oneIn(2)) {
      const { name } = random.pick(known);
      return { text: name, type, value: (r) => r.mem(name) };
    }
    const field = random.oneIn(4) ? undefined : this.field(type);
    return field ?? this.literal(type);
  }

  private literal(type: FieldType): Mem {
    const { random } = this.make;
    const bytes = new Uint8Array(sizeOf(type));
    const made = new Memory(type, bytes);
    const small = (): bigint => BigInt(random.below(256));
    if (type.kind === "struct") {
      const values = type.fields.map((f) => ({ f, v: small() }));
      for (const { f, v } of values) if (f.type.kind === "int") made.setInt(f.offset, f.type.name, v);
      return { text: `{ ${values.map(({ f, v }) => `${f.name}: ${v}`).join(", ")} }`, type, value: () => made.copy() };
    }
    const values = Array.from({ length: type.kind === "array" ? type.length : 0 }, small);
    values.forEach((v, i) => {
      made.setElement(BigInt(i), v);
    });
    return { text: `[${values.join(", ")}]`, type, value: () => made.copy() };
  }

  private reference(): Statement {
    const { random } = this.make;
    const from = this.field();
    if (!from) return this.put(this.number());
    const name = this.make.name("m");
    this.references.push({ name, type: from.type });
    const isCopy = random.oneIn(5);
    const annotation = random.oneIn(3) ? `: ${typeText(from.type)}` : "";
    return {
      text: `const ${name}${annotation} = ${isCopy ? `copyOf(${from.text})` : from.text};`,
      run: (r) => {
        const value = from.value(r);
        r.memory.set(name, isCopy ? value.copy() : value);
      },
    };
  }

  private destructuring(): Statement {
    const { read, type } = this.anyHeader();
    const fields = type.fields.filter((f) => !isInt(f));
    if (fields.length === 0) return this.put(this.number());
    const bound = fields.map((f) => ({ f, name: this.make.name("d") }));
    for (const { f, name } of bound) this.references.push({ name, type: f.type });
    return {
      text: `const { ${bound.map(({ f, name }) => `${f.name}: ${name}`).join(", ")} } = ${read.name};`,
      run: (r) => {
        for (const { f, name } of bound) r.memory.set(name, r.header(read.name).part(f));
      },
    };
  }

  private assignment(): Statement {
    const to = this.field();
    if (!to) return this.put(this.number());
    const value = this.memory(to.type);
    return { text: `${to.text} = ${value.text};`, run: (r) => r.header(to.header).assign(to.field, value.value(r)) };
  }

  private swap(): Statement {
    const a = this.field();
    const b = a && this.field(a.type);
    if (!a || !b || a.text === b.text) return this.put(this.number());
    return {
      text: `[${a.text}, ${b.text}] = [${b.text}, ${a.text}];`,
      run: (r) => {
        const [x, y] = [b.value(r).copy(), a.value(r).copy()];
        r.header(a.header).assign(a.field, x);
        r.header(b.header).assign(b.field, y);
      },
    };
  }

  private array(): (Mem & { readonly type: FieldType & { kind: "array" } }) | undefined {
    const { random } = this.make;
    const known = this.references.filter((x) => x.type.kind === "array");
    const found: Mem | undefined =
      known.length > 0 && random.oneIn(3)
        ? ((): Mem => {
            const { name, type } = random.pick(known);
            return { text: name, type, value: (r: Run) => r.mem(name) };
          })()
        : this.field();
    return found?.type.kind === "array" ? (found as Mem & { type: FieldType & { kind: "array" } }) : undefined;
  }

  /** An index that may be anything: out of range reads 0 and writes nothing. */
  private index(length: number): Num {
    const { random } = this.make;
    const n = this.number();
    switch (random.below(6)) {
      case 0: {
        const k = BigInt(random.below(length));
        return { text: String(k), value: () => k };
      }
      case 1:
        return { text: `(${n.text} % ${length})`, value: (r) => n.value(r) % BigInt(length) };
      case 2:
        return { text: `((${n.text} - 14) & 7)`, value: (r) => (n.value(r) - 14n) & 7n };
      case 3:
        return { text: `(${n.text} & 3)`, value: (r) => n.value(r) & 3n };
      case 4:
        return { text: `(ctx.length - 60)`, value: (r) => r.length - 60n };
      default:
        return n;
    }
  }

  private elementWrite(): Statement {
    const array = this.array();
    if (!array) return this.put(this.number());
    const index = this.index(array.type.length);
    const value = this.number();
    const { element } = array.type;
    return {
      text: `${array.text}[${index.text}] = ${element}(${value.text});`,
      run: (r) => array.value(r).setElement(index.value(r), value.value(r)),
    };
  }

  private byteLoop(): Statement {
    const { random } = this.make;
    const array = this.array();
    if (!array) return this.put(this.number());
    const add = this.number();
    const { element, length } = array.type;
    const i = this.make.name("i");
    const head = random.oneIn(2)
      ? `for (let ${i} = 0; ${i} < ${length}; ${i}++)`
      : `for (const ${i} of range(0, ${length}))`;
    return {
      text: `${head} ${array.text}[${i}] = ${element}(${i} + ${add.text});`,
      run: (r) => {
        for (let k = 0n; k < BigInt(length); k++) array.value(r).setElement(k, k + add.value(r));
      },
    };
  }

  private tableRead(): Statement {
    const { random } = this.make;
    const name = random.pick(["SMALL", "WIDE"] as const);
    const array = random.oneIn(2) ? this.array() : undefined;
    const length = array ? array.type.length : TABLE[name].length;
    const index = this.index(length);
    if (array)
      return this.put({ text: `${array.text}[${index.text}]`, value: (r) => array.value(r).element(index.value(r)) });
    return this.put({ text: `${name}[${index.text}]`, value: (r) => at(TABLE[name], index.value(r)) });
  }

  /** A bound in a test of its own, before the index is used. */
  private guardedRead(): Statement {
    const { random } = this.make;
    const name = random.pick(["SMALL", "WIDE"] as const);
    const most = BigInt(TABLE[name].length - 1);
    const q = this.make.name("q");
    const n = this.number();
    const less = BigInt(random.below(30));
    const slot = random.below(SLOTS);
    const text = random.pick([`${q} >= 0 && ${q} <= ${most}`, `!(${q} > ${most} || ${q} < 0)`]);
    return {
      text: `const ${q} = ${n.text} - ${less}; if (${text}) P.put(${slot}, u64(${name}[${q}]));`,
      run: (r) => {
        const value = n.value(r) - less;
        if (value >= 0n && value <= most) r.out[slot] = at(TABLE[name], value);
      },
    };
  }

  private putMemory(of?: Mem): Statement {
    const from = of ?? this.field();
    if (!from) return this.put(this.number());
    if (from.type.kind === "struct")
      return this.put({
        text: `${from.text}.x * 65536 + ${from.text}.y`,
        value: (r) => from.value(r).int(0, "u16") * 65536n + from.value(r).int(2, "u16"),
      });
    const last = from.type.kind === "array" ? from.type.length - 1 : 0;
    return this.put({
      text: `${from.text}[0] * 65536 + ${from.text}[${last}]`,
      value: (r) => from.value(r).element(0n) * 65536n + from.value(r).element(BigInt(last)),
    });
  }

  /** Functions that take memory: one exchanges bytes, one assigns through two references that may be one. */
  private call(): Statement {
    const a = this.field({ kind: "array", element: "u8", length: 6 });
    const b = this.field({ kind: "array", element: "u8", length: 6 });
    if (!a || !b) return this.put(this.number());
    if (this.make.random.oneIn(2) && a.header === b.header && this.make.random.oneIn(1)) {
      const header = this.headers.find((h) => h.name === a.header);
      if (header?.type.name === "EthHdr") {
        const [dest, source] = header.type.fields;
        if (dest && source)
          return {
            text: `P.readdress(${a.header}, ${a.text}, ${b.text});`,
            run: (r) => {
              const [x, y] = [a.value(r), b.value(r)];
              r.header(a.header).assign(dest, x);
              r.header(a.header).assign(source, y);
            },
          };
      }
    }
    return {
      text: `P.mix(${a.text}, ${b.text});`,
      run: (r) => {
        a.value(r).setElement(0n, b.value(r).element(5n));
        a.value(r).setElement(1n, LIMIT);
      },
    };
  }

  private log(): Statement {
    const { random } = this.make;
    const word = random.pick(["seen", "the value", "x", "a longer text, with 100 %"]);
    const value = random.oneIn(3) ? { text: "P.limit", value: () => LIMIT } : this.number();
    return {
      text: `console.log("${word}", ${value.text});`,
      run: (r) => {
        r.lines.push(`${word} ${value.value(r)}`);
      },
    };
  }
}

const at = (table: readonly bigint[], index: bigint): bigint =>
  index >= 0n && index < BigInt(table.length) ? (table[Number(index)] ?? 0n) : 0n;
