/**
 * A program's section -> self-contained bytecode: functions it calls (from .text or its own section) are appended once
 * each, local calls and function addresses point at them, map and data references carry the index of their map
 * (`src` 1 or 2, `imm` the index into the object's maps, upper half the offset in the value), as RFC 9669 section 5.4
 * numbers them. What only a loader can resolve (CO-RE against another kernel, kfuncs, ksyms) is listed.
 */
import type { CoreRelocation, FuncInfo, LineInfo } from "../btf/index.js";
import { CallKind, Op, Pseudo, SLOT_BYTES } from "../isa/index.js";
import { Binding, type ElfFile, type ElfSymbol, type Relocation, type Section, SymbolType, UNDEFINED } from "./elf.js";
import { ObjectFormatError } from "./error.js";
import type { MapDef } from "./map-def.js";
import type { KconfigVar } from "./maps-data.js";

/** A reference of the linked bytecode. */
export type Reference =
  | { readonly kind: "map"; readonly insn: number; readonly map: number }
  | { readonly kind: "value"; readonly insn: number; readonly map: number; readonly offset: number }
  /** A kernel function (call) or variable (64-bit load). */
  | {
      readonly kind: "ksym";
      readonly insn: number;
      readonly name: string;
      readonly weak: boolean;
      readonly call: boolean;
    };

/** A function of the linked bytecode. */
export interface LinkedFunction {
  readonly name: string;
  /** First slot. */
  readonly start: number;
  /** One past the last slot. */
  readonly end: number;
}

/** Linked bytecode with what belongs to its slots. */
export interface Linked {
  readonly bytes: Uint8Array;
  readonly functions: readonly LinkedFunction[];
  readonly references: readonly Reference[];
  readonly lines: readonly LineInfo[];
  readonly funcs: readonly FuncInfo[];
  readonly core: readonly CoreRelocation[];
  /** First slot of the program's exception handler (`exception_callback:` tag), when it has one. */
  readonly exceptionCallback?: number | undefined;
}

/** All that linking looks things up in. */
export interface LinkInput {
  readonly elf: ElfFile;
  readonly maps: readonly MapDef[];
  readonly kconfig: readonly KconfigVar[];
  readonly lines: ReadonlyMap<number, readonly LineInfo[]>;
  readonly funcs: ReadonlyMap<number, readonly FuncInfo[]>;
  readonly core: ReadonlyMap<number, readonly CoreRelocation[]>;
}

/** The kernel's limit is 1,000,000 instructions; a corrupt object must not make more. */
const MAX_SLOTS = 1_000_000;

interface Piece {
  readonly symbol: ElfSymbol;
  readonly section: Section;
  readonly from: number;
  readonly slots: number;
  readonly start: number;
}

const at = (section: Section, offset: number): string => `${section.name}+0x${offset.toString(16)}`;

/**
 * The functions of a section by start, once per address. Compilers before clang 9 gave functions neither type nor size:
 * there a global symbol is one, and ends where the next begins.
 */
export function functionsOf(elf: ElfFile, section: Section): ElfSymbol[] {
  const seen = new Set<number>();
  const found = elf.symbols
    .filter((s) => s.section === section.index)
    .filter(
      (s) => s.type === SymbolType.Func || (s.type === SymbolType.None && s.binding !== Binding.Local && s.name !== ""),
    )
    .sort((a, b) => a.value - b.value || b.binding - a.binding)
    .filter((s) => !seen.has(s.value) && seen.add(s.value));
  return found.map((s, i) => (s.size > 0 ? s : { ...s, size: (found[i + 1]?.value ?? section.data.length) - s.value }));
}

class Linker {
  readonly #pieces: Piece[] = [];
  readonly #byAddress = new Map<string, Piece>();
  readonly #references: Reference[] = [];
  readonly #code: Uint8Array[] = [];
  #slots = 0;

  constructor(readonly input: LinkInput) {}

  /** Places the function that starts at a byte of a section, if it is not placed yet. */
  place(section: Section, offset: number, from: string): Piece {
    const key = `${section.index}:${offset}`;
    const known = this.#byAddress.get(key);
    if (known !== undefined) return known;
    const symbol = functionsOf(this.input.elf, section).find((s) => s.value === offset);
    if (symbol === undefined)
      throw new ObjectFormatError("OBJ_CODE", `${from}: no function starts at ${at(section, offset)}`);
    const { size } = symbol;
    if (offset % SLOT_BYTES !== 0 || size % SLOT_BYTES !== 0 || size === 0 || offset + size > section.data.length) {
      throw new ObjectFormatError(
        "OBJ_CODE",
        `function ${symbol.name} (${size} bytes at ${at(section, offset)}) leaves its section`,
      );
    }
    const slots = size / SLOT_BYTES;
    if (this.#slots + slots > MAX_SLOTS)
      throw new ObjectFormatError("OBJ_TOO_LARGE", `${symbol.name}: over ${MAX_SLOTS} instructions`);
    const piece = { symbol, section, from: offset, slots, start: this.#slots };
    this.#slots += slots;
    this.#pieces.push(piece);
    this.#byAddress.set(key, piece);
    this.#code.push(section.data.slice(offset, offset + size));
    return piece;
  }

  /** @param handler name of the exception handler, which nothing calls */
  run(section: Section, symbol: ElfSymbol, handler?: string): Linked {
    this.place(section, symbol.value, symbol.name);
    const called =
      handler === undefined
        ? undefined
        : this.input.elf.symbols.find((s) => s.name === handler && s.type === SymbolType.Func);
    const home = called === undefined ? undefined : this.input.elf.sections[called.section];
    if (handler !== undefined && (called === undefined || home === undefined))
      throw new ObjectFormatError("OBJ_BTF", `${symbol.name}: there is no function ${handler} to handle exceptions`);
    const entry =
      called === undefined || home === undefined ? undefined : this.place(home, called.value, symbol.name).start;
    // The list grows while it is walked: callees are appended behind.
    for (let i = 0; i < this.#pieces.length; i++) {
      const piece = this.#pieces[i];
      const code = this.#code[i];
      if (piece !== undefined && code !== undefined) this.#resolve(piece, code);
    }
    const bytes = new Uint8Array(this.#slots * SLOT_BYTES);
    this.#pieces.forEach((piece, i) => {
      bytes.set(this.#code[i] ?? [], piece.start * SLOT_BYTES);
    });
    return {
      bytes,
      functions: this.#pieces.map((p) => ({ name: p.symbol.name, start: p.start, end: p.start + p.slots })),
      references: this.#references,
      lines: this.#gather(this.input.lines),
      funcs: this.#gather(this.input.funcs),
      core: this.#gather(this.input.core),
      ...(entry === undefined ? {} : { exceptionCallback: entry }),
    };
  }

  #gather<T extends { readonly insn: number }>(bySection: ReadonlyMap<number, readonly T[]>): T[] {
    const out: T[] = [];
    for (const piece of this.#pieces) {
      const first = piece.from / SLOT_BYTES;
      for (const record of bySection.get(piece.section.index) ?? []) {
        if (record.insn >= first && record.insn < first + piece.slots)
          out.push({ ...record, insn: record.insn - first + piece.start });
      }
    }
    return out.sort((a, b) => a.insn - b.insn);
  }

  #resolve(piece: Piece, code: Uint8Array): void {
    const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
    const relocations = new Map<number, Relocation>();
    for (const r of this.input.elf.relocations.get(piece.section.index) ?? []) {
      if (r.offset >= piece.from && r.offset < piece.from + piece.slots * SLOT_BYTES)
        relocations.set(r.offset - piece.from, r);
    }
    for (let offset = 0; offset < code.length; offset += SLOT_BYTES) {
      const opcode = view.getUint8(offset);
      const relocation = relocations.get(offset);
      if (opcode === Op.Call) this.#call(piece, view, offset, relocation);
      else if (opcode === Op.LdImm64) {
        if (offset + 2 * SLOT_BYTES > code.length)
          throw new ObjectFormatError("OBJ_CODE", `${at(piece.section, piece.from + offset)}: 64-bit load cut short`);
        if (relocation !== undefined) this.#load(piece, view, offset, relocation);
        offset += SLOT_BYTES;
      } else if (relocation !== undefined) {
        throw new ObjectFormatError(
          "OBJ_RELOCATION",
          `${at(piece.section, relocation.offset)}: opcode 0x${opcode.toString(16)} cannot be relocated to ${relocation.symbol.name}`,
        );
      }
    }
  }

  #call(piece: Piece, view: DataView, offset: number, relocation: Relocation | undefined): void {
    const source = view.getUint8(offset + 1) >> 4;
    const imm = view.getInt32(offset + 4, true);
    const where = at(piece.section, piece.from + offset);
    const slot = piece.start + offset / SLOT_BYTES;
    if (relocation === undefined) {
      if (source !== CallKind.Local) return;
      // Without relocation the call is within its own section, relative to the next slot.
      this.#target(piece, view, offset, piece.section, piece.from + offset + (imm + 1) * SLOT_BYTES, where);
      return;
    }
    const { symbol } = relocation;
    if (symbol.section === UNDEFINED) {
      view.setUint8(offset + 1, (CallKind.Kfunc << 4) | (view.getUint8(offset + 1) & 15));
      view.setInt32(offset + 4, 0, true);
      this.#references.push({
        kind: "ksym",
        insn: slot,
        name: symbol.name,
        weak: symbol.binding === Binding.Weak,
        call: true,
      });
      return;
    }
    const section = this.input.elf.sections[symbol.section];
    if (section === undefined)
      throw new ObjectFormatError("OBJ_RELOCATION", `${where}: ${symbol.name} is in no section`);
    // A section symbol leaves the callee's slot in imm (plus one), a function symbol has it as its value.
    const target = symbol.type === SymbolType.Section ? symbol.value + (imm + 1) * SLOT_BYTES : symbol.value;
    this.#target(piece, view, offset, section, target, where);
  }

  #target(piece: Piece, view: DataView, offset: number, section: Section, target: number, where: string): void {
    const callee = this.place(section, target, where);
    const slot = piece.start + offset / SLOT_BYTES;
    const op = view.getUint8(offset);
    const source = op === Op.Call ? CallKind.Local : Pseudo.Func;
    view.setUint8(offset + 1, (source << 4) | (view.getUint8(offset + 1) & 15));
    view.setInt32(offset + 4, callee.start - slot - 1, true);
    if (op === Op.LdImm64) view.setInt32(offset + 12, 0, true);
  }

  #load(piece: Piece, view: DataView, offset: number, relocation: Relocation): void {
    const { symbol } = relocation;
    const where = at(piece.section, relocation.offset);
    const slot = piece.start + offset / SLOT_BYTES;
    const inPlace = view.getInt32(offset + 4, true);
    if (symbol.section === UNDEFINED) {
      const variable = this.input.kconfig.find((v) => v.name === symbol.name);
      const map = this.input.maps.findIndex((m) => m.section === ".kconfig");
      if (variable !== undefined && map >= 0) this.#value(view, offset, slot, map, variable.offset + inPlace);
      else
        this.#references.push({
          kind: "ksym",
          insn: slot,
          name: symbol.name,
          weak: symbol.binding === Binding.Weak,
          call: false,
        });
      return;
    }
    const section = this.input.elf.sections[symbol.section];
    if (section === undefined)
      throw new ObjectFormatError("OBJ_RELOCATION", `${where}: ${symbol.name} is in no section`);
    const address = symbol.value + inPlace;
    if ((section.flags & 4) !== 0) {
      this.#target(piece, view, offset, section, address, where);
      return;
    }
    const here = (m: MapDef): boolean => m.sectionIndex === section.index;
    const declared = this.input.maps.findIndex((m) => m.name === symbol.name && here(m));
    const data = this.input.maps.findIndex((m) => m.data !== undefined && here(m));
    if (data >= 0) this.#value(view, offset, slot, data, address);
    else if (declared >= 0) {
      view.setUint8(offset + 1, (Pseudo.MapFd << 4) | (view.getUint8(offset + 1) & 15));
      view.setInt32(offset + 4, declared, true);
      view.setInt32(offset + 12, 0, true);
      this.#references.push({ kind: "map", insn: slot, map: declared });
    } else if (symbol.type === SymbolType.Section && this.input.maps.some(here)) {
      // libbpf's "bad map relo": only a global symbol names a map (bpf_program__record_reloc).
      throw new ObjectFormatError(
        "OBJ_RELOCATION",
        `${where}: a map of section ${section.name} is static, and loaders find maps by global names: remove "static"`,
      );
    } else
      throw new ObjectFormatError(
        "OBJ_RELOCATION",
        `${where}: ${symbol.name || section.name} is neither map, data nor function`,
      );
  }

  #value(view: DataView, offset: number, slot: number, map: number, valueOffset: number): void {
    const size = this.input.maps[map]?.valueSize ?? 0;
    if (valueOffset < 0 || valueOffset > size) {
      throw new ObjectFormatError(
        "OBJ_RELOCATION",
        `slot ${slot}: offset ${valueOffset} lies outside ${this.input.maps[map]?.name} (${size} bytes)`,
      );
    }
    view.setUint8(offset + 1, (Pseudo.MapValue << 4) | (view.getUint8(offset + 1) & 15));
    view.setInt32(offset + 4, map, true);
    view.setInt32(offset + 12, valueOffset, true);
    this.#references.push({ kind: "value", insn: slot, map, offset: valueOffset });
  }
}

/**
 * Links one program.
 * @param symbol the entry function in `section`
 * @throws ObjectFormatError `OBJ_CODE`, `OBJ_RELOCATION`, `OBJ_TOO_LARGE`
 */
export function link(input: LinkInput, section: Section, symbol: ElfSymbol, handler?: string): Linked {
  return new Linker(input).run(section, symbol, handler);
}
