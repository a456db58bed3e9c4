/** How a map's values look in memory: one value, or one per possible CPU at a stride of 8 (perCpuStride). */
import { type Codec, show } from "../../btf/index.js";
import { perCpuStride, possibleCpus } from "../cpus.js";
import { BpfError } from "../errors.js";

/** Converts what one lookup returns. */
export interface ValueLayout<V> {
  /** Bytes that the kernel reads and writes. */
  readonly bytes: number;
  /** @param path what messages call the value */
  encode(value: V, path: string): Uint8Array;
  decode(bytes: Uint8Array, offset: number): V;
}

/** One value. */
export function plainValues<V>(codec: Codec): ValueLayout<V> {
  return {
    bytes: codec.size,
    encode(value, path) {
      const bytes = new Uint8Array(codec.size);
      codec.encode(value, bytes, 0, path);
      return bytes;
    },
    decode: (bytes, offset) => codec.decode(bytes, offset) as V,
  };
}

/** An array of values, one per possible CPU. @throws BpfError ARGUMENT when the array has another length */
export function perCpuValues<V>(codec: Codec, cpus: number = possibleCpus()): ValueLayout<V[]> {
  const stride = perCpuStride(codec.size);
  return {
    bytes: stride * cpus,
    encode(values, path) {
      if (!Array.isArray(values) || values.length !== cpus) {
        throw new BpfError(
          "ARGUMENT",
          `${path}: a per-CPU value is an array of ${cpus} here, one per possible CPU, not ${Array.isArray(values) ? values.length : show(values)}`,
        );
      }
      const bytes = new Uint8Array(stride * cpus);
      for (const [cpu, value] of values.entries()) codec.encode(value, bytes, cpu * stride, `${path}[${cpu}]`);
      return bytes;
    },
    decode: (bytes, offset) =>
      Array.from({ length: cpus }, (_, cpu) => codec.decode(bytes, offset + cpu * stride) as V),
  };
}
