/** Picks a map's class by its kernel type, and its codecs by the object's BTF. */
import type { NativeMap } from "../../../native/bpf/index.js";
import { intCodec } from "../../btf/codec-int.js";
import { type Codec, rawCodec, seal } from "../../btf/index.js";
import type { ObjectSymbols } from "../object/symbols.js";
import { MapType } from "../uapi.js";
import { ArrayMap } from "./array-map.js";
import { checkSize, MapHandle } from "./handle.js";
import { KeyedMap } from "./keyed-map.js";
import { RingBuffer } from "./ring-buffer.js";
import { perCpuValues, plainValues } from "./values.js";

/** What a generated loader knows and BTF does not. */
export interface MapChoice {
  /** A ring buffer's records: the name of a BTF type, or an integer. */
  readonly event?: string | { readonly bytes: 1 | 2 | 4 | 8; readonly signed: boolean };
}

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
export function makeMap(facts: NativeMap, fd: () => number, symbols: ObjectSymbols, choice: MapChoice): MapHandle {
  if (facts.type === MapType.RingBuf) {
    return new RingBuffer(facts, fd, eventCodec(facts.name, symbols, choice.event));
  }
  if (facts.internal) return new MapHandle(facts, fd); // a data section: its variables are read by name
  if (!keyed.has(facts.type) && !arrays.has(facts.type)) return new MapHandle(facts, fd);
  // Without BTF, keys and values are raw bytes.
  const valueCodec: Codec = symbols.codecOf(facts.valueTypeId) ?? rawCodec(facts.valueSize);
  checkSize("value", facts.name, valueCodec.size, facts.valueSize);
  const layout = perCpu.has(facts.type) ? perCpuValues(valueCodec) : plainValues(valueCodec);
  if (arrays.has(facts.type)) return new ArrayMap(facts, fd, layout);
  return new KeyedMap(facts, fd, symbols.codecOf(facts.keyTypeId) ?? rawCodec(facts.keySize), layout);
}

function eventCodec(map: string, symbols: ObjectSymbols, event: MapChoice["event"]): Codec | undefined {
  if (event === undefined) return symbols.eventCodec(map);
  return typeof event === "string"
    ? symbols.codecNamed(event)
    : seal(intCodec({ ...event, bool: false, name: "event" }));
}
