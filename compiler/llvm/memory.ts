/**
 * Loads, stores and block operations. LLVM expands memcpy and memset on BPF into at most 128 stores of their alignment;
 * larger ones are split. Context fields go through llvm.preserve.static.offset: the verifier takes only constant offsets
 * from the unmodified context pointer, and no other barrier keeps LLVM from merging two accesses into one with a phi.
 */
import { InternalCompilerError } from "../diagnostics/diagnostic.js";
import type { Place } from "../hir/nodes.js";
import { type HirType, intOf, isScalar, sizeOf } from "../hir/types.js";
import { type FunctionEmitter, localName, registerType } from "./function.js";

type Memory = Extract<Place, { kind: "memory" }>;

/** The address of a memory place. */
export function emitAddress(out: FunctionEmitter, place: Memory): string {
  const base = out.expression(place.base);
  if (place.access === "context") {
    const anchored = out.value(`call ptr @llvm.preserve.static.offset(ptr ${base})`);
    return out.value(`getelementptr inbounds i8, ptr ${anchored}, i64 ${place.offset}`);
  }
  return place.offset === 0 ? base : out.value(`getelementptr i8, ptr ${base}, i64 ${place.offset}`);
}

/** A value as memory holds it: [LLVM type, value]. */
function narrowed(out: FunctionEmitter, type: HirType, value: string): readonly [string, string] {
  if (type.kind === "bool") return ["i8", out.value(`zext i1 ${value} to i8`)];
  const register = registerType(type);
  if (register === "ptr") return ["ptr", value];
  const bits = sizeOf(type) * 8;
  return bits === 64 ? ["i64", value] : [`i${bits}`, out.value(`trunc i64 ${value} to i${bits}`)];
}

export function emitLoad(out: FunctionEmitter, place: Place): string {
  if (place.kind === "local") return out.value(`load ${registerType(place.type)}, ptr ${localName(place.local)}`);
  if (!isScalar(place.type)) throw new InternalCompilerError("llvm", "load of an aggregate");
  const address = emitAddress(out, place);
  const volatile = place.access === "constant" ? "volatile " : "";
  const { type } = place;
  if (type.kind === "pointer" && place.access === "context") {
    // data and data_end are 32 bits in the context struct; the kernel makes the load a whole pointer.
    // Opaque from here on: LLVM would remember that only 32 bits were loaded, compute with those and spill only those.
    const low = out.value(`load i32, ptr ${address}, align 4`);
    const pointer = out.value(`inttoptr i64 ${out.value(`zext i32 ${low} to i64`)} to ptr`);
    return out.value(`call ptr asm "", "=r,0"(ptr ${pointer})`);
  }
  if (registerType(type) === "ptr") return out.value(`load ptr, ptr ${address}, align ${place.align}`);
  if (type.kind === "bool") {
    const byte = out.value(`load ${volatile}i8, ptr ${address}, align 1`);
    return out.value(`icmp ne i8 ${byte}, 0`);
  }
  const bits = sizeOf(type) * 8;
  const loaded = out.value(`load ${volatile}i${bits}, ptr ${address}, align ${place.align}`);
  if (bits === 64) return loaded;
  return out.value(`${intOf(type)?.signed ? "sext" : "zext"} i${bits} ${loaded} to i64`);
}

export function emitStore(out: FunctionEmitter, place: Place, value: string): void {
  if (place.kind === "local") {
    out.line(`store ${registerType(place.type)} ${value}, ptr ${localName(place.local)}`);
    return;
  }
  const address = emitAddress(out, place);
  const [type, narrow] = narrowed(out, place.type, value);
  out.line(`store ${type} ${narrow}, ptr ${address}, align ${place.align}`);
}

/** Largest block that LLVM expands inline at an alignment: 128 stores. */
const chunkOf = (align: number): number => 128 * Math.min(8, align);

function chunked(size: number, align: number, each: (offset: number, size: number) => void): void {
  const chunk = chunkOf(align);
  for (let at = 0; at < size; at += chunk) each(at, Math.min(chunk, size - at));
}

const offsetFrom = (out: FunctionEmitter, base: string, offset: number): string =>
  offset === 0 ? base : out.value(`getelementptr i8, ptr ${base}, i64 ${offset}`);

export function emitCopy(out: FunctionEmitter, to: string, from: string, size: number, align: number): void {
  chunked(size, align, (at, n) => {
    const [a, b] = [offsetFrom(out, to, at), offsetFrom(out, from, at)];
    out.line(`call void @llvm.memcpy.p0.p0.i64(ptr align ${align} ${a}, ptr align ${align} ${b}, i64 ${n}, i1 false)`);
  });
}

export function emitZero(out: FunctionEmitter, address: string, size: number, align: number): void {
  chunked(size, align, (at, n) => {
    out.line(
      `call void @llvm.memset.p0.i64(ptr align ${align} ${offsetFrom(out, address, at)}, i8 0, i64 ${n}, i1 false)`,
    );
  });
}

/** Stores literal bytes, a word at a time. */
export function emitFill(out: FunctionEmitter, address: string, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const left = bytes.length - at;
    const size = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
    const word =
      size === 8
        ? view.getBigInt64(at, true)
        : size === 4
          ? view.getInt32(at, true)
          : size === 2
            ? view.getInt16(at, true)
            : view.getInt8(at);
    out.line(`store i${size * 8} ${word}, ptr ${offsetFrom(out, address, at)}, align 1`);
    at += size;
  }
}
