/** What a CO-RE relocation's value is in a kernel (bpf_core_calc_relo of libbpf's relo_core). */
import { type Btf, CoreKind, type CoreRelocation } from "../../../runtime/btf/index.js";
import { candidates, localSpec, matchSpec, type Spec, typesAlike } from "./match.js";

export interface Resolved {
  readonly value: bigint;
  /** Size of the access before and after, where a load must change with its field. */
  readonly from?: number;
  readonly to?: number;
  /** The load's field is a signed number: its size may not change. */
  readonly fixed?: boolean;
}
/** The kernel has no such thing: the instruction must not be reached. */
export const POISON = "poison";

/** Storage of a field: whole bytes that hold its bits. */
function storage(spec: Spec): { byteOffset: number; bytes: number; bits: number; bitOffset: number } {
  const { btf, member, bitOffset } = spec;
  const bytes = sizeOf(btf, spec.memberType);
  const width = member?.bitSize ?? 0;
  if (width === 0) return { byteOffset: Math.floor(bitOffset / 8), bytes, bits: bytes * 8, bitOffset };
  let size = Math.max(1, bytes);
  let at = Math.floor(bitOffset / 8 / size) * size;
  while (bitOffset + width - at * 8 > size * 8 && size < 8) {
    size *= 2;
    at = Math.floor(bitOffset / 8 / size) * size;
  }
  return { byteOffset: at, bytes: size, bits: width, bitOffset };
}

function sizeOf(btf: Btf, id: number): number {
  const { kind } = btf.resolve(id);
  return kind === "void" || kind === "fwd" || kind === "func_proto" ? 0 : btf.sizeOf(id);
}

const isSigned = (spec: Spec): boolean => {
  const type = spec.btf.resolve(spec.memberType);
  return (type.kind === "int" && type.signed) || ((type.kind === "enum" || type.kind === "enum64") && type.signed);
};

function fieldValue(kind: number, spec: Spec): bigint {
  const { byteOffset, bytes, bits, bitOffset } = storage(spec);
  switch (kind) {
    case CoreKind.FieldByteOffset:
      return BigInt(byteOffset);
    case CoreKind.FieldByteSize:
      return BigInt(bytes);
    case CoreKind.FieldSigned:
      return isSigned(spec) ? 1n : 0n;
    case CoreKind.FieldLshiftU64:
      return BigInt(64 - (bitOffset + bits - byteOffset * 8));
    default:
      return BigInt(64 - bits);
  }
}

function field(relocation: CoreRelocation, local: Spec, kernel: Btf): Resolved | typeof POISON | undefined {
  const { kind } = relocation;
  const found = candidates(local.btf, local.root, kernel).flatMap((id) => matchSpec(local, kernel, id) ?? []);
  const target = found[0];
  if (kind === CoreKind.FieldExists) return { value: target === undefined ? 0n : 1n };
  if (target === undefined) return POISON;
  const value = fieldValue(kind, target);
  if (kind !== CoreKind.FieldByteOffset) return { value };
  if ((target.member?.bitSize ?? 0) !== 0) return { value };
  return {
    value,
    from: storage(local).bytes,
    to: storage(target).bytes,
    fixed: isSigned(local) || isSigned(target),
  };
}

function enumValue(relocation: CoreRelocation, local: Btf, kernel: Btf): Resolved | typeof POISON | undefined {
  const type = local.resolve(relocation.typeId);
  if (type.kind !== "enum" && type.kind !== "enum64") return undefined;
  const wanted = type.values[Number(relocation.access)]?.name.replace(/___.*$/, "");
  for (const id of candidates(local, type.id, kernel)) {
    const target = kernel.resolve(id);
    if (target.kind !== "enum" && target.kind !== "enum64") continue;
    const value = target.values.find((v) => v.name.replace(/___.*$/, "") === wanted);
    if (value !== undefined) return { value: relocation.kind === CoreKind.EnumvalExists ? 1n : value.value };
  }
  return relocation.kind === CoreKind.EnumvalExists ? { value: 0n } : POISON;
}

/** @returns undefined where the instruction stays as it was compiled */
export function relocationValue(
  relocation: CoreRelocation,
  local: Btf,
  kernel: Btf,
): Resolved | typeof POISON | undefined {
  const { kind, typeId } = relocation;
  if (kind === CoreKind.TypeIdLocal) return undefined;
  if (kind === CoreKind.EnumvalExists || kind === CoreKind.EnumvalValue) return enumValue(relocation, local, kernel);
  if (kind >= CoreKind.TypeIdTarget) {
    const target = candidates(local, typeId, kernel).find((id) => typesAlike(local, typeId, kernel, id));
    if (target === undefined) return { value: 0n };
    if (kind === CoreKind.TypeIdTarget) return { value: BigInt(target) };
    return { value: kind === CoreKind.TypeSize ? BigInt(sizeOf(kernel, target)) : 1n };
  }
  const spec = localSpec(local, typeId, relocation.access);
  return spec === undefined ? undefined : field(relocation, spec, kernel);
}
