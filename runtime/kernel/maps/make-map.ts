/** Picks a map's class by its kernel type, and its codecs by the object's BTF. */
import type { NativeMap } from "../../../native/bpf/index.js";
import { type Codec, rawCodec } from "../../btf/index.js";
import type { ObjectSymbols } from "../object/symbols.js";
import { MapType } from "../uapi.js";
import { ArrayMap } from "./array-map.js";
import { checkSize, MapHandle } from "./handle.js";
import { KeyedMap } from "./keyed-map.js";
import { RingBuffer } from "./ring-buffer.js";
import { perCpuValues, plainValues } from "./values.js";

const keyed: ReadonlySet<number> = new Set([
  MapType.Hash,
  MapType.LruHash,
  MapType.LpmTrie,
  MapType.PerCpuHash,
  MapType.LruPerCpuHash,
]);
const arrays: ReadonlySet<number> = new Set([MapType.Array, MapType.PerCpuArray]);
const perCpu: ReadonlySet<number> = new Set([MapType.PerCpuHash, MapType.LruPerCpuHash, MapType.PerCpuArray]);

/** @throws BpfError OBJECT when BTF and map sizes disagree; BtfError, CodecError for types without values */
export function makeMap(facts: NativeMap, fd: () => number, symbols: ObjectSymbols): MapHandle {
  if (facts.type === MapType.RingBuf) return new RingBuffer(facts, fd, symbols.recordCodec(facts.name));
  if (facts.internal) return new MapHandle(facts, fd); // a data section: its variables are read by name
  if (!keyed.has(facts.type) && !arrays.has(facts.type)) return new MapHandle(facts, fd);
  // Without BTF, keys and values are raw bytes.
  const valueCodec: Codec = symbols.codecOf(facts.valueTypeId) ?? rawCodec(facts.valueSize);
  checkSize("value", facts.name, valueCodec.size, facts.valueSize);
  const layout = perCpu.has(facts.type) ? perCpuValues(valueCodec) : plainValues(valueCodec);
  if (arrays.has(facts.type)) return new ArrayMap(facts, fd, layout);
  return new KeyedMap(facts, fd, symbols.codecOf(facts.keyTypeId) ?? rawCodec(facts.keySize), layout);
}
