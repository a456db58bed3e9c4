/** What an instruction in the kernel's notation reads and writes. Input: "r2 += r1"; output: registers and slots by name. */

/** A register ("r3") or a stack slot of the frame ("fp-8"). */
export type Cell = string;

export type Operation =
  /** The value stays the same. */
  | { readonly kind: "copy"; readonly to: Cell; readonly from: Cell }
  | { readonly kind: "constant"; readonly to: Cell; readonly text: string }
  /** `to op= by`. */
  | { readonly kind: "change"; readonly to: Cell; readonly by: string; readonly sign: string }
  | { readonly kind: "load"; readonly to: Cell; readonly base: Cell; readonly offset: number; readonly bytes: number }
  | { readonly kind: "store"; readonly base: Cell; readonly offset: number; readonly bytes: number }
  | { readonly kind: "call"; readonly name: string; readonly isLocal: boolean }
  | { readonly kind: "branch"; readonly left: Cell; readonly sign: string; readonly right: string }
  | { readonly kind: "other" };

const full = (name: string): Cell => name.replace(/^w/, "r");

/** @example operationOf("r1 = *(u64 *)(r10 -8)") // { kind: "copy", to: "r1", from: "fp-8" } */
export function operationOf(text: string): Operation {
  let m = /^(r\d+) = \*\([us](\d+) \*\)\((r\d+) ([+-]\d+)\)/.exec(text);
  if (m) {
    const [, to = "", bits = "64", base = "", off = "0"] = m;
    const offset = Number(off);
    if (base === "r10") return { kind: "copy", to, from: `fp${offset}` };
    return { kind: "load", to, base, offset, bytes: Number(bits) / 8 };
  }
  m = /^\*\(u(\d+) \*\)\((r\d+) ([+-]\d+)\) = (.*)$/.exec(text);
  if (m) {
    const [, bits = "64", base = "", off = "0", value = ""] = m;
    if (base !== "r10") return { kind: "store", base, offset: Number(off), bytes: Number(bits) / 8 };
    const to = `fp${Number(off)}`;
    return /^r\d+$/.test(value) ? { kind: "copy", to, from: value } : { kind: "constant", to, text: value };
  }
  m = /^if ([rw]\d+) (\S+) (\S+) goto/.exec(text);
  if (m) return { kind: "branch", left: full(m[1] ?? ""), sign: m[2] ?? "", right: full(m[3] ?? "") };
  m = /^call (?:pc|(\S*?)(?:#(\d+))?$)/.exec(text);
  if (m)
    return {
      kind: "call",
      name: m[1] ?? "",
      isLocal: text.startsWith("call pc") || (m[1] !== undefined && m[2] === undefined && !/^(bpf_|-?\d)/.test(m[1])),
    };
  m = /^([rw]\d+) = \((?:s8|s16|s32)\)([rw]\d+)$/.exec(text) ?? /^([rw]\d+) = ([rw]\d+)$/.exec(text);
  if (m) return { kind: "copy", to: full(m[1] ?? ""), from: full(m[2] ?? "") };
  m = /^([rw]\d+) = (-?\d+|0x[0-9a-f]+|map\[.*|.*ll)$/.exec(text);
  if (m) return { kind: "constant", to: full(m[1] ?? ""), text: m[2] ?? "" };
  m = /^([rw]\d+) (s?(?:>>|<<|[-+*/%&|^])=|s>>=|s\/=|s%=) (\S+)$/.exec(text);
  if (m) return { kind: "change", to: full(m[1] ?? ""), sign: m[2] ?? "", by: full(m[3] ?? "") };
  m = /^([rw]\d+) = /.exec(text);
  if (m) return { kind: "change", to: full(m[1] ?? ""), sign: "=", by: text.slice((m[0] ?? "").length) };
  return { kind: "other" };
}
