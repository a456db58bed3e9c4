/**
 * Where the compiler keeps the source's variables: reads the location lists of DWARF 5 (.debug_info, .debug_loclists), as
 * clang -g writes them. Input: a parsed object; output: ranges of code in which a register or a stack slot holds a variable.
 * Format: DWARF 5, sections 2.6 and 7.7. Damaged or other debug information gives no ranges: nothing else depends on it.
 */
import type { ElfFile, Section } from "../../../runtime/elf/index.js";
import type { Cell } from "./operands.js";

/** In the code from `low` to `high` of a section, `cell` holds the variable. */
export interface HeldRange {
  readonly name: string;
  readonly cell: Cell;
  /** Index of the section of code. */
  readonly section: number;
  /** Bytes from the section's start; `high` is one past the last. */
  readonly low: number;
  readonly high: number;
  /** Of a function that was inlined here. */
  readonly inlined: boolean;
}

const Tag = { Unit: 0x11, Parameter: 0x05, Inlined: 0x1d, Subprogram: 0x2e, Variable: 0x34 } as const;
const At = {
  Location: 0x02,
  Name: 0x03,
  LowPc: 0x11,
  HighPc: 0x12,
  Origin: 0x31,
  StrOffsets: 0x72,
  AddrBase: 0x73,
  LoclistsBase: 0x8c,
} as const;
/** Bytes of the forms of fixed size; others are read by their own rules. */
const FIXED: Readonly<Record<number, number>> = {
  1: 8, 5: 2, 6: 4, 7: 8, 11: 1, 12: 1, 14: 4, 16: 4, 17: 1, 18: 2, 19: 4, 20: 8, 23: 4, 25: 0, 28: 4, 29: 4, 30: 16,
  31: 4, 32: 8, 36: 8, 37: 1, 38: 2, 39: 3, 40: 4, 41: 1, 42: 2, 43: 3, 44: 4,
}; // biome-ignore format: a table
const Form = { ImplicitConst: 33, Exprloc: 24, Loclistx: 34, SecOffset: 23, Addr: 1, Addrx: 27, Strp: 14, LineStrp: 31, Ref4: 19, RefAddr: 16 } as const; // biome-ignore format: a table
const ADDRX = new Set<number>([27, 41, 42, 43, 44]);
const STRX = new Set<number>([26, 37, 38, 39, 40]);
const OP_REG0 = 0x50;
const OP_BREG0 = 0x70;
const OP_FBREG = 0x91;
const OP_CONVERT = 0xa8;
const OP_STACK_VALUE = 0x9f;

class Bytes {
  at = 0;
  private readonly view: DataView;
  constructor(readonly data: Uint8Array) {
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }
  get ended(): boolean {
    return this.at >= this.data.length;
  }
  uint(size: number): number {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + this.view.getUint8(this.at + i);
    this.at += size;
    return value;
  }
  uleb(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.view.getUint8(this.at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }
  sleb(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.view.getUint8(this.at++);
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return (byte & 0x40) === 0 ? value : value - scale;
    }
  }
  text(): string {
    const end = this.data.indexOf(0, this.at);
    const text = new TextDecoder().decode(this.data.subarray(this.at, end < 0 ? this.data.length : end));
    this.at = end < 0 ? this.data.length : end + 1;
    return text;
  }
  take(size: number): Uint8Array {
    const part = this.data.subarray(this.at, this.at + size);
    this.at += size;
    return part;
  }
}

interface Abbreviation {
  readonly tag: number;
  readonly children: boolean;
  readonly attributes: readonly { readonly at: number; readonly form: number; readonly constant: number }[];
}

type Value = { readonly form: number; readonly number: number; readonly bytes?: Uint8Array };

/** A place in the code. */
interface Address {
  readonly section: number;
  readonly offset: number;
}

class Reader {
  private readonly names = new Map<number, string>();
  private readonly abbreviations = new Map<number, ReadonlyMap<number, Abbreviation>>();
  private strOffsets = 8;
  private addrBase = 8;
  private loclistsBase = 12;
  private base: Address | undefined;
  /** Variables whose name stands elsewhere: resolved when everything is read. */
  readonly found: { readonly range: Omit<HeldRange, "name">; readonly name: string | number }[] = [];

  constructor(private readonly elf: ElfFile) {}

  section(name: string): Section | undefined {
    return this.elf.sections.find((s) => s.name === name);
  }
  private reader(name: string, at: number): Bytes {
    const bytes = new Bytes(this.section(name)?.data ?? new Uint8Array());
    bytes.at = at;
    return bytes;
  }
  nameAt(die: number): string | undefined {
    return this.names.get(die);
  }

  private table(offset: number): ReadonlyMap<number, Abbreviation> {
    const known = this.abbreviations.get(offset);
    if (known !== undefined) return known;
    const table = new Map<number, Abbreviation>();
    const bytes = this.reader(".debug_abbrev", offset);
    for (let code = bytes.uleb(); code !== 0; code = bytes.uleb()) {
      const tag = bytes.uleb();
      const children = bytes.uint(1) === 1;
      const attributes = [];
      for (;;) {
        const at = bytes.uleb();
        const form = bytes.uleb();
        const constant = form === Form.ImplicitConst ? bytes.sleb() : 0;
        if (at === 0 && form === 0) break;
        attributes.push({ at, form, constant });
      }
      table.set(code, { tag, children, attributes });
    }
    this.abbreviations.set(offset, table);
    return table;
  }

  private value(bytes: Bytes, form: number, constant: number): Value {
    const fixed = FIXED[form];
    if (form === Form.ImplicitConst) return { form, number: constant };
    if (fixed !== undefined)
      return fixed === 16 ? { form, number: 0, bytes: bytes.take(16) } : { form, number: bytes.uint(fixed) };
    if (form === 8) return { form, number: bytes.at, bytes: new TextEncoder().encode(bytes.text()) };
    if (form === 13) return { form, number: bytes.sleb() };
    const lengths: Readonly<Record<number, () => number>> = {
      3: () => bytes.uint(2),
      4: () => bytes.uint(4),
      9: () => bytes.uleb(),
      10: () => bytes.uint(1),
      [Form.Exprloc]: () => bytes.uleb(),
    };
    const length = lengths[form];
    if (length !== undefined) return { form, number: 0, bytes: bytes.take(length()) };
    return { form, number: bytes.uleb() };
  }

  private text(value: Value | undefined): string | undefined {
    if (value === undefined) return undefined;
    if (value.form === 8) return new TextDecoder().decode(value.bytes);
    if (value.form === Form.Strp) return this.reader(".debug_str", value.number).text();
    if (value.form === Form.LineStrp) return this.reader(".debug_line_str", value.number).text();
    if (!STRX.has(value.form)) return undefined;
    const at = this.reader(".debug_str_offsets", this.strOffsets + 4 * value.number).uint(4);
    return this.reader(".debug_str", at).text();
  }

  /** Entry of .debug_addr: its relocation says of which section. */
  private address(index: number): Address | undefined {
    const section = this.section(".debug_addr");
    if (section === undefined) return undefined;
    const offset = this.addrBase + 8 * index;
    const relocation = this.elf.relocations.get(section.index)?.find((r) => r.offset === offset);
    if (relocation === undefined) return undefined;
    const inPlace = this.reader(".debug_addr", offset).uint(8);
    return { section: relocation.symbol.section, offset: relocation.symbol.value + relocation.addend + inPlace };
  }

  private ranges(
    value: Value,
    scope: { low: Address; high: number } | undefined,
  ): { low: Address; high: number; expression: Uint8Array }[] {
    if (value.bytes !== undefined) return scope === undefined ? [] : [{ ...scope, expression: value.bytes }];
    const at =
      value.form === Form.Loclistx
        ? this.loclistsBase + this.reader(".debug_loclists", this.loclistsBase + 4 * value.number).uint(4)
        : value.number;
    const bytes = this.reader(".debug_loclists", at);
    const out: { low: Address; high: number; expression: Uint8Array }[] = [];
    let base = this.base;
    for (;;) {
      const kind = bytes.uint(1);
      if (kind === 0) return out;
      let low: Address | undefined;
      let high = 0;
      if (kind === 1) {
        base = this.address(bytes.uleb());
        continue;
      }
      if (kind === 2) {
        low = this.address(bytes.uleb());
        high = this.address(bytes.uleb())?.offset ?? 0;
      } else if (kind === 3) {
        low = this.address(bytes.uleb());
        high = (low?.offset ?? 0) + bytes.uleb();
      } else if (kind === 4) {
        const from = bytes.uleb();
        const to = bytes.uleb();
        low = base && { section: base.section, offset: base.offset + from };
        high = (base?.offset ?? 0) + to;
      } else return out; // absolute addresses do not occur in objects that are yet to be linked
      const expression = bytes.take(bytes.uleb());
      if (low !== undefined) out.push({ low, high, expression });
    }
  }

  unit(bytes: Bytes): void {
    const start = bytes.at;
    const end = bytes.uint(4) + start + 4;
    const version = bytes.uint(2);
    if (version !== 5) {
      bytes.at = end;
      return;
    }
    const kind = bytes.uint(1);
    bytes.uint(1);
    const table = this.table(bytes.uint(4));
    if (kind === 4 || kind === 5) bytes.at += 8;
    if (kind === 2 || kind === 6) bytes.at += 12;
    this.base = undefined;
    const scopes: { low: Address; high: number; inlined: boolean }[] = [];
    const depths: boolean[] = [];
    while (bytes.at < end) {
      const die = bytes.at;
      const code = bytes.uleb();
      if (code === 0) {
        if (depths.pop() === true) scopes.pop();
        continue;
      }
      const abbreviation = table.get(code);
      if (abbreviation === undefined) break;
      const values = new Map(
        abbreviation.attributes.map(({ at, form, constant }) => [at, this.value(bytes, form, constant)]),
      );
      const number = (at: number): number | undefined => values.get(at)?.number;
      if (abbreviation.tag === Tag.Unit) {
        this.strOffsets = number(At.StrOffsets) ?? 8;
        this.addrBase = number(At.AddrBase) ?? 8;
        this.loclistsBase = number(At.LoclistsBase) ?? 12;
        const low = values.get(At.LowPc);
        this.base = low !== undefined && ADDRX.has(low.form) ? this.address(low.number) : undefined;
      }
      const name = this.text(values.get(At.Name));
      if (name !== undefined) this.names.set(die, name);
      let opened = false;
      if (abbreviation.children && (abbreviation.tag === Tag.Subprogram || abbreviation.tag === Tag.Inlined)) {
        const low = values.get(At.LowPc);
        const from = low !== undefined && ADDRX.has(low.form) ? this.address(low.number) : undefined;
        const inlined = abbreviation.tag === Tag.Inlined;
        const outer = scopes[scopes.length - 1];
        if (from !== undefined) scopes.push({ low: from, high: from.offset + (number(At.HighPc) ?? 0), inlined });
        else if (outer !== undefined) scopes.push({ ...outer, inlined: inlined || outer.inlined });
        opened = from !== undefined || outer !== undefined;
      }
      if (abbreviation.children) depths.push(opened);
      const location = values.get(At.Location);
      if (location === undefined || (abbreviation.tag !== Tag.Variable && abbreviation.tag !== Tag.Parameter)) continue;
      const origin = values.get(At.Origin);
      const label = name ?? (origin && (origin.form === Form.RefAddr ? origin.number : origin.number + start));
      const scope = scopes[scopes.length - 1];
      if (label === undefined || scope === undefined) continue;
      for (const { low, high, expression } of this.ranges(location, scope)) {
        const cell = cellOf(expression);
        if (cell === undefined) continue;
        const range = { cell, section: low.section, low: low.offset, high, inlined: scope.inlined };
        this.found.push({ range, name: label });
      }
    }
    bytes.at = end;
  }
}

/** The register or stack slot that holds the variable itself; undefined where it is computed, split or a constant. */
function cellOf(expression: Uint8Array): Cell | undefined {
  const bytes = new Bytes(expression);
  if (bytes.ended) return undefined;
  const op = bytes.uint(1);
  if (op >= OP_REG0 && op <= OP_REG0 + 10) return bytes.ended ? `r${op - OP_REG0}` : undefined;
  if (op === OP_FBREG) {
    const offset = bytes.sleb();
    return bytes.ended ? `fp${offset}` : undefined;
  }
  if (op < OP_BREG0 || op > OP_BREG0 + 10 || bytes.sleb() !== 0) return undefined;
  // A number that is narrower than its register: "breg1 +0, convert, convert, stack_value".
  while (!bytes.ended) {
    const next = bytes.uint(1);
    if (next === OP_CONVERT) bytes.uleb();
    else return next === OP_STACK_VALUE && bytes.ended ? `r${op - OP_BREG0}` : undefined;
  }
  return undefined;
}

/** @example heldRanges(readObject(bytes).elf).find((range) => range.name === "data")?.cell // "r2" */
export function heldRanges(elf: ElfFile): HeldRange[] {
  const reader = new Reader(elf);
  const info = reader.section(".debug_info");
  if (info === undefined) return [];
  try {
    const bytes = new Bytes(info.data);
    while (!bytes.ended) reader.unit(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // read past the end: damaged, which only names suffer from
  }
  return reader.found.flatMap(({ range, name }) => {
    const text = typeof name === "string" ? name : reader.nameAt(name);
    return text === undefined ? [] : [{ ...range, name: text }];
  });
}
