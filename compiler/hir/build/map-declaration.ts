/** `static readonly m = new HashMap<K, V>(n, options)`: type, sizes and flags of a map. */
import type typescript from "typescript";
import { MapFlag } from "../../../runtime/facts/maps/flags.js";
import { spanOf } from "../../source/span.js";
import { constantText, objectProperties } from "../../source/symbols.js";
import { ts } from "../../source/typescript.js";
import type { HirMap } from "../nodes.js";
import { type HirType, hasLayout, INT, sizeOf, typeName } from "../types.js";
import { type ConstantContext, constantValue } from "./constant.js";
import { quoted } from "./convert.js";
import { MAP_KINDS, type MapKind } from "./map-kinds.js";

/** kernel/bpf/lpm_trie.c: LPM_DATA_SIZE_MAX. */
const LPM_MAX = 256;
/** kernel/bpf/ringbuf.c: the size is a power of two of whole pages. */
const PAGE = 4096;

/** The map that a declaration makes; undefined after a diagnostic. */
export function mapFrom(
  cx: ConstantContext,
  node: typescript.NewExpression,
  typeClass: string,
  names: { readonly name: string; readonly className: string | undefined; readonly fieldName: string },
): HirMap | undefined {
  const kind = MAP_KINDS[typeClass];
  if (!kind) return undefined;
  const span = spanOf(node);
  const type = cx.checker.getTypeAtLocation(node);
  const args = cx.checker.getTypeArguments(type as typescript.TypeReference).map((t) => cx.types.resolve(t, span));
  if (args.some((t) => t.kind === "error")) return undefined;
  const [first, second] = args;
  const [size, options] = node.arguments ?? [];
  const count = size && constantValue(cx, size);
  if (count === undefined) {
    cx.diagnostics.report("EB2012", spanOf(size ?? node), `the size of ${names.fieldName} is not a constant`);
    return undefined;
  }
  if (!checkSize(cx, kind, Number(count), size ?? node, names.fieldName)) return undefined;
  const settings = readOptions(cx, options);
  if (!settings || !first) return undefined;
  const flags = settings.flags | kind.flags;
  const base = {
    ...names,
    typeName: typeClass,
    mapType: kind.type,
    maxEntries: Number(count),
    ...settings,
    flags,
    span,
  };
  for (const t of args) {
    if (hasLayout(t)) continue;
    cx.diagnostics.report("EB2001", span, `${typeName(t)} cannot be kept in a map: it has no fixed size`);
    return undefined;
  }
  if (kind.shape === "ring") return { ...base, record: first };
  const key: HirType = kind.shape === "keyed" ? first : INT.u32;
  const value = kind.shape === "keyed" ? second : first;
  if (!value) return undefined;
  return kind.prefix && !checkPrefix(cx, key, node) ? undefined : { ...base, key, value };
}

function checkSize(cx: ConstantContext, kind: MapKind, count: number, node: typescript.Node, name: string): boolean {
  const bad = (why: string): false => {
    cx.diagnostics.report("EB3003", spanOf(node), `${name} has size ${count}: ${why}`);
    return false;
  };
  if (count < 1 || count > 0xffff_ffff) return bad("it must be between 1 and 4294967295");
  if (kind.shape !== "ring") return true;
  if (count % PAGE !== 0 || (count & (count - 1)) !== 0)
    return bad(`a ring buffer's size is a power of two and a multiple of ${PAGE}`);
  return true;
}

function checkPrefix(cx: ConstantContext, key: HirType, node: typescript.Node): boolean {
  const first = key.kind === "struct" ? key.fields[0] : undefined;
  const data = sizeOf(key) - 4;
  if (first?.type.kind === "int" && first.type.name === "u32" && first.offset === 0 && data >= 1 && data <= LPM_MAX)
    return true;
  cx.diagnostics.report("EB3006", spanOf(node), `${typeName(key)} cannot be the key of a prefix trie`);
  return false;
}

interface Settings {
  readonly flags: number;
  readonly pinning: boolean;
  readonly numaNode?: number;
  readonly mapExtra?: bigint;
}

const NONE: Settings = { flags: 0, pinning: false };

/** The options, wherever they are written: a literal, a constant object, spreads of those. */
function readOptions(cx: ConstantContext, node: typescript.Expression | undefined): Settings | undefined {
  if (!node) return NONE;
  const properties = objectProperties(cx, node);
  const problem = (at: typescript.Node, message: string): undefined => {
    cx.diagnostics.report("EB2012", spanOf(at), message);
    return undefined;
  };
  if (!properties) return problem(node, `${quoted(node)} is not an object that is known when the object is built`);
  let settings: Settings = NONE;
  for (const { name, value, node: at } of properties.values()) {
    if (isUndefined(value)) continue;
    if (name === "pinning") {
      if (constantText(cx, value) !== "byName")
        return problem(at, `pinning is "byName" or absent, not ${quoted(value)}`);
      settings = { ...settings, pinning: true };
      continue;
    }
    const number = constantValue(cx, value);
    if (number === undefined) return problem(at, `${name} is not a constant`);
    if (name === "flags") settings = { ...settings, flags: settings.flags | Number(number) };
    else if (name === "numaNode")
      settings = { ...settings, numaNode: Number(number), flags: settings.flags | MapFlag.BPF_F_NUMA_NODE };
    else if (name === "mapExtra") settings = { ...settings, mapExtra: number };
    else return problem(at, `${name} is no option of a map`);
  }
  return settings;
}

const isUndefined = (node: typescript.Expression): boolean => ts.isIdentifier(node) && node.text === "undefined";
