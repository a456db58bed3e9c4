/**
 * CO-RE relocations of an object -> their values on a target's types (a kernel's BTF). Input: the object's BTF and one
 * record of .BTF.ext. Output: the value that goes into the instruction, or the reason why there is none. Follows
 * libbpf's relo_core.c in what matches what.
 */
import { BtfError } from "../error.js";
import { CoreKind, type CoreRelocation } from "../ext.js";
import type { Btf } from "../graph.js";
import type { BtfType } from "../types.js";
import { typesCompatible, typesMatch } from "./compatible.js";
import { fieldValue, pathIn } from "./place.js";
import { enumerator, essentialName, familyOf, fieldPath } from "./spec.js";

/** A relocation worked out. */
export type CoreResult =
  | {
      readonly value: bigint;
      /** Bytes that the instruction's load had and should have, where it is one. */
      readonly size?: { readonly from: number; readonly to: number; readonly mayChange: boolean };
    }
  /** Nothing there: an instruction that runs it is a fault. */
  | { readonly missing: string };

const KINDS: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(CoreKind).map(([name, kind]) => [kind, name]),
);
const isEnum = (kind: BtfType["kind"]): boolean => kind === "enum" || kind === "enum64";

/** Types to relocate against. */
export class CoreTarget {
  /** Ids by name without flavour, of the names that were asked for. */
  readonly #byName = new Map<string, readonly number[]>();
  constructor(readonly btf: Btf) {}

  /** Ids of the types that may stand for a local one: same name without flavour, same kind. */
  candidates(local: BtfType): number[] {
    return this.#called(essentialName(local.name)).filter((id) => {
      const { kind } = this.btf.get(id);
      return kind === local.kind || (isEnum(kind) && isEnum(local.kind));
    });
  }

  #called(name: string): readonly number[] {
    const known = this.#byName.get(name);
    if (known !== undefined || name === "") return known ?? [];
    const found: number[] = [];
    for (let graph: Btf | undefined = this.btf; graph !== undefined; graph = graph.base)
      found.push(...graph.ownBeginningWith(name).filter((id) => essentialName(this.btf.get(id).name) === name));
    this.#byName.set(name, found);
    return found;
  }
}

function pathText(local: Btf, relocation: CoreRelocation): string {
  const family = familyOf(relocation.kind);
  const type = local.get(relocation.typeId);
  const base = `${type.kind} ${type.name || "(anonymous)"}`;
  if (family === "enum") return `${base}::${enumerator(local, relocation).name}`;
  if (family !== "field") return base;
  const { steps } = fieldPath(local, relocation);
  return base + steps.map((step) => (step.name === undefined ? `[${step.index}]` : `.${step.name}`)).join("");
}

/** "FieldByteOffset of struct task_struct.pid": a relocation in words. @throws BtfError `BTF_EXT`, `BTF_TYPE_ID` */
export function describeRelocation(local: Btf, relocation: CoreRelocation): string {
  return `${KINDS[relocation.kind] ?? `kind ${relocation.kind}`} of ${pathText(local, relocation)}`;
}

function agreed(results: readonly CoreResult[], what: () => string): CoreResult | undefined {
  const [first] = results;
  const values = new Set(results.map((r) => ("value" in r ? r.value : undefined)));
  if (values.size > 1) throw new BtfError("BTF_EXT", `${what()}: the target has several such types, which disagree`);
  return first;
}

function ofField(
  local: Btf,
  target: CoreTarget,
  relocation: CoreRelocation,
  candidates: readonly number[],
): CoreResult {
  const path = fieldPath(local, relocation);
  const found = candidates.flatMap((id): CoreResult[] => {
    const there = pathIn(local, path, target.btf, id);
    if (there === undefined) return [];
    const value = fieldValue(target.btf, there, relocation.kind);
    if (value === undefined) return [{ missing: `${pathText(local, relocation)} is not a field that can be loaded` }];
    if (relocation.kind !== CoreKind.FieldByteOffset) return [{ value: value.value }];
    const here = fieldValue(local, path, relocation.kind);
    return [
      {
        value: value.value,
        size: {
          from: here?.size ?? value.size,
          to: value.size,
          mayChange: resizable(local, path.type, target.btf, there.type),
        },
      },
    ];
  });
  const one = agreed(found, () => describeRelocation(local, relocation));
  if (one !== undefined) return one;
  if (relocation.kind === CoreKind.FieldExists) return { value: 0n };
  return { missing: `the target has no ${pathText(local, relocation)}` };
}

/** Pointers, and unsigned integers on both sides, may be loaded with another width. */
function resizable(local: Btf, localId: number, target: Btf, targetId: number): boolean {
  const a = local.resolve(localId);
  const b = target.resolve(targetId);
  if (a.kind === "ptr" && b.kind === "ptr") return true;
  return a.kind === "int" && b.kind === "int" && !a.signed && !b.signed;
}

function ofType(local: Btf, target: CoreTarget, relocation: CoreRelocation, candidates: readonly number[]): CoreResult {
  const { kind, typeId } = relocation;
  const fits = kind === CoreKind.TypeMatches ? typesMatch : typesCompatible;
  const found = candidates
    .filter((id) => fits(local, typeId, target.btf, id))
    .map((id): CoreResult => {
      if (kind === CoreKind.TypeIdTarget) return { value: BigInt(id) };
      return { value: kind === CoreKind.TypeSize ? BigInt(target.btf.sizeOf(id)) : 1n };
    });
  return agreed(found, () => describeRelocation(local, relocation)) ?? { value: 0n };
}

function ofEnum(local: Btf, target: CoreTarget, relocation: CoreRelocation, candidates: readonly number[]): CoreResult {
  const wanted = essentialName(enumerator(local, relocation).name);
  const found = candidates.flatMap((id): CoreResult[] => {
    const type = target.btf.get(id);
    const value =
      type.kind === "enum" || type.kind === "enum64"
        ? type.values.find((v) => essentialName(v.name) === wanted)
        : undefined;
    if (value === undefined) return [];
    return [{ value: relocation.kind === CoreKind.EnumvalExists ? 1n : value.value }];
  });
  const one = agreed(found, () => describeRelocation(local, relocation));
  if (one !== undefined) return one;
  if (relocation.kind === CoreKind.EnumvalExists) return { value: 0n };
  return { missing: `the target has no ${pathText(local, relocation)}` };
}

/**
 * Works a relocation out.
 * @throws BtfError `BTF_EXT` for a record that is corrupt or on which the target's types disagree, and as the graph
 * @example resolveCore(objectBtf, new CoreTarget(kernel), relocation) // { value: 2468n, size: {…} }
 */
export function resolveCore(local: Btf, target: CoreTarget, relocation: CoreRelocation): CoreResult {
  const family = familyOf(relocation.kind);
  if (family === undefined) throw new BtfError("BTF_EXT", `CO-RE relocation of unknown kind ${relocation.kind}`);
  if (relocation.kind === CoreKind.TypeIdLocal) return { value: BigInt(relocation.typeId) };
  const type = local.get(relocation.typeId);
  if (type.name === "") throw new BtfError("BTF_EXT", `CO-RE relocation of anonymous type ${type.id}`);
  const candidates = target.candidates(type);
  if (family === "field") return ofField(local, target, relocation, candidates);
  return family === "type"
    ? ofType(local, target, relocation, candidates)
    : ofEnum(local, target, relocation, candidates);
}
