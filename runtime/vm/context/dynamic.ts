/**
 * Dynamic fields of tracepoint records: a member `__data_loc_NAME` (offset from the record) or `__rel_loc_NAME` (from the
 * end of the member itself), as struct trace_event_raw_* has them, is 4 bytes that say where text or bytes are. A run names
 * the field and gives its content.
 */
import type { Btf } from "../../btf/index.js";
import { MachineError } from "../errors.js";

interface DynamicField {
  /** The member's name in the type information. */
  readonly member: string;
  /** Bytes from the record's start that its offset is counted from. */
  readonly from: number;
}

/** The dynamic fields of a struct by the name that a run gives. */
export function dynamicFields(btf: Btf, id: number): ReadonlyMap<string, DynamicField> {
  const type = btf.resolve(id);
  const found = new Map<string, DynamicField>();
  if (type.kind !== "struct") return found;
  for (const { name, bitOffset, type: of } of type.members) {
    const [, where, field] = /^__(data|rel)_loc_(\w+)$/.exec(name) ?? [];
    if (field === undefined || btf.sizeOf(of) !== 4) continue;
    found.set(field, { member: name, from: where === "data" ? 0 : bitOffset / 8 + 4 });
  }
  return found;
}

/** What fits the 16 bits that an offset and a length have each. */
const MAX = 0xffff;
/** As the kernel, which keeps each at a multiple of 4 in newer versions and packed in older ones; programs cannot depend on either. */
const ALIGN = 4;

/** Contents behind a record. */
export class DynamicArea {
  readonly #parts: Uint8Array[] = [];
  #end: number;

  /** @param recordBytes where the record's fixed part ends */
  constructor(recordBytes: number) {
    this.#end = recordBytes;
  }
  /** Bytes of record and contents. */
  get end(): number {
    return this.#end;
  }
  /** Puts a content behind what is there: the value of the 4 bytes. @throws MachineError `VM_INPUT` for what does not fit */
  add(name: string, content: string | Uint8Array, from: number): number {
    const bytes = typeof content === "string" ? new TextEncoder().encode(`${content}\0`) : content;
    const pad = (ALIGN - (this.#end % ALIGN)) % ALIGN;
    const at = this.#end + pad;
    if (bytes.length > MAX || at - from > MAX)
      throw new MachineError("VM_INPUT", `context ${name}: ${bytes.length} bytes do not fit an event`);
    this.#parts.push(new Uint8Array(pad), bytes);
    this.#end = at + bytes.length;
    return ((bytes.length << 16) | (at - from)) >>> 0;
  }
  /** Writes the contents behind the record. */
  write(memory: Uint8Array, record: number, recordBytes: number): void {
    let at = record + recordBytes;
    for (const part of this.#parts) {
      memory.set(part, at);
      at += part.length;
    }
  }
}
