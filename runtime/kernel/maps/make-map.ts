/** Picks a map's class by its kernel type, and its codecs by the object's BTF. */
import type { NativeMap } from "../../../native/bpf/index.js";
import { type Codec, rawCodec } from "../../btf/index.js";
import { mapTypeFacts } from "../../facts/maps/index.js";
import type { ObjectSymbols } from "../object/symbols.js";
import { ArrayMap } from "./array-map.js";
import { checkSize, MapHandle } from "./handle.js";
import { KeyedMap } from "./keyed-map.js";
import { RingBuffer } from "./ring-buffer.js";
import { perCpuValues, plainValues } from "./values.js";

/** @throws BpfError OBJECT when BTF and map sizes disagree; BtfError, CodecError for types without values */
export function makeMap(facts: NativeMap, fd: () => number, symbols: ObjectSymbols): MapHandle {
  const type = mapTypeFacts(facts.type);
  if (type?.user === "ring") return new RingBuffer(facts, fd, symbols.recordCodec(facts.name));
  if (facts.internal) return new MapHandle(facts, fd); // a data section: its variables are read by name
  if (type?.user === undefined) return new MapHandle(facts, fd);
  // Without BTF, keys and values are raw bytes.
  const valueCodec: Codec = symbols.codecOf(facts.valueTypeId) ?? rawCodec(facts.valueSize);
  checkSize("value", facts.name, valueCodec.size, facts.valueSize);
  const layout = type.perCpu ? perCpuValues(valueCodec) : plainValues(valueCodec);
  if (type.user === "array") return new ArrayMap(facts, fd, layout);
  return new KeyedMap(facts, fd, symbols.codecOf(facts.keyTypeId) ?? rawCodec(facts.keySize), layout);
}
