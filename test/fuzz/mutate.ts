/** Objects -> broken objects: bits, bytes, cuts, section headers, symbols, relocations, type information, instructions. */
import type { Random } from "../harness/random.js";

const HEADER = 64;
const SECTION = 64;
/** Numbers on which lengths and offsets go wrong. */
const EDGES = [
  0, 1, 2, 7, 8, 16, 24, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffff8,
  0xffffffff,
];
/** sh_name, sh_type, sh_flags, sh_offset, sh_size, sh_link, sh_info, sh_entsize: byte offsets in a section header. */
const FIELDS = [0, 4, 8, 24, 32, 40, 44, 56];

interface Range {
  readonly from: number;
  readonly size: number;
}

/** Bytes of each section, by name, as far as the file is still readable. */
function sections(view: DataView): Map<string, Range> {
  const out = new Map<string, Range>();
  const table = Number(view.getBigUint64(40, true));
  const count = view.getUint16(60, true);
  const names = view.getUint16(62, true);
  const header = (i: number): number => table + i * SECTION;
  if (table + count * SECTION > view.byteLength || names >= count) return out;
  const strings = Number(view.getBigUint64(header(names) + 24, true));
  for (let i = 0; i < count; i++) {
    const at = strings + view.getUint32(header(i), true);
    let name = "";
    for (let c = at; c < view.byteLength && view.getUint8(c) !== 0 && name.length < 40; c++)
      name += String.fromCharCode(view.getUint8(c));
    const range = {
      from: Number(view.getBigUint64(header(i) + 24, true)),
      size: Number(view.getBigUint64(header(i) + 32, true)),
    };
    if (range.size > 0 && range.from + range.size <= view.byteLength) out.set(name, range);
  }
  return out;
}

function word(random: Random): number {
  return random.oneIn(3) ? random.next() : random.pick(EDGES);
}

/** Changes one 32-bit word of a range, at a multiple of 4. */
function editWord(view: DataView, range: Range, random: Random): void {
  if (range.size < 4) return;
  const at = range.from + random.below(Math.floor(range.size / 4)) * 4;
  const old = view.getUint32(at, true);
  const next = random.oneIn(3)
    ? old + random.below(9) - 4
    : random.oneIn(3)
      ? old ^ (1 << random.below(32))
      : word(random);
  view.setUint32(at, next >>> 0, true);
}

function editHeader(view: DataView, random: Random): void {
  const table = Number(view.getBigUint64(40, true));
  const count = view.getUint16(60, true);
  if (count === 0 || table + count * SECTION > view.byteLength) return;
  const at = table + random.below(count) * SECTION + random.pick(FIELDS);
  view.setUint32(at, random.oneIn(2) ? word(random) : random.below(count + 2), true);
}

/** One mutation of a copy. */
function once(bytes: Uint8Array, random: Random): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER) return bytes;
  const found = sections(view);
  const named = (pattern: RegExp): Range | undefined => {
    const fitting = [...found].filter(([name]) => pattern.test(name)).map(([, range]) => range);
    return fitting.length === 0 ? undefined : random.pick(fitting);
  };
  const edit = (pattern: RegExp): void => {
    const range = named(pattern);
    if (range !== undefined) editWord(view, range, random);
  };
  switch (random.below(12)) {
    case 0: {
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      return bytes;
    }
    case 1:
      bytes[random.below(bytes.length)] = random.below(256);
      return bytes;
    case 2:
      return bytes.slice(0, random.oneIn(2) ? random.below(bytes.length) : bytes.length - random.below(64));
    case 3:
      editHeader(view, random);
      return bytes;
    case 4:
      view.setUint16(random.below(31) * 2, random.oneIn(2) ? word(random) & 0xffff : random.below(80), true);
      return bytes;
    case 5:
      edit(/^\.BTF$/);
      return bytes;
    case 6:
      edit(/^\.BTF\.ext$/);
      return bytes;
    case 7:
      edit(/^\.symtab$/);
      return bytes;
    case 8:
      edit(/^\.rela?/);
      return bytes;
    case 9:
      // Programs and maps.
      edit(/^(?!\.(BTF|symtab|strtab|debug|llvm))/);
      return bytes;
    case 10: {
      // A stretch of one section over another.
      const [a, b] = [named(/./), named(/./)];
      if (a !== undefined && b !== undefined)
        bytes.copyWithin(b.from, a.from, a.from + Math.min(a.size, b.size, 8 * (1 + random.below(8))));
      return bytes;
    }
    default: {
      const range = named(/./);
      if (range !== undefined) {
        const at = range.from + random.below(range.size);
        bytes.fill(random.pick([0, 0xff]), at, Math.min(at + 1 + random.below(24), range.from + range.size));
      }
      return bytes;
    }
  }
}

/** A broken copy: one to six mutations. */
export function mutate(object: Uint8Array, random: Random): Uint8Array {
  let bytes: Uint8Array = object.slice();
  const count = 1 + random.below(random.oneIn(3) ? 6 : 2);
  for (let i = 0; i < count; i++) bytes = once(bytes, random);
  return bytes;
}
