/**
 * The context of a run in linear memory: written from the test's input, painted field by field as the kernel allows,
 * pointer fields kept apart. Output: r1, the answers to `pointer`, and the fields after the run.
 */
import { type Btf, codecFor } from "../../btf/index.js";
import type { ContextFields } from "../../facts/contexts.js";
import { LAYOUT, MEMORY_TAG, OBJECT_TAG, pointerTo } from "../address.js";
import { MachineError } from "../errors.js";
import { memberOf } from "../kernel/members.js";
import type { LinearMemory } from "../memory.js";
import type { Packet } from "../packet.js";
import type { Sockets } from "../sockets.js";
import type { World } from "../world.js";
import { DynamicArea, dynamicFields } from "./dynamic.js";
import {
  type ContextField,
  PT_REGS,
  PT_REGS_ARGUMENTS,
  SKB_BYTES,
  SKB_FIELDS,
  SKB_SOCKET,
  XDP_BYTES,
  XDP_FIELDS,
} from "./fields.js";
import type { ContextKind } from "./kinds.js";

/** What a test may give as context: fields by name, argument words, or the raw bytes. */
export type ContextInput = Readonly<Record<string, unknown>> | readonly (bigint | number | string)[] | Uint8Array;

/** Of struct sk_msg_md and sk_reuseport_md, bpf_sockopt, bpf_sock_ops (include/uapi/linux/bpf.h). */
const PAYLOADS = [
  ["data", "data_end"],
  ["optval", "optval_end"],
  ["skb_data", "skb_data_end"],
] as const;
/** Bytes readable when nothing says how large the context is. */
const DEFAULT_BYTES = 256;
const ARGUMENT_WORDS = 12;

type Word = readonly [number, number];

export class Context {
  readonly #memory: LinearMemory;
  readonly #packet: Packet;
  readonly #world: World;
  readonly #pointers = new Map<number, Exclude<ContextField["pointer"], "socket" | undefined>>();
  #fields: readonly ContextField[] = [];
  /** The pointers as offset and kind (0 data, 1 data_end, 2 data_meta, 3 object), for every run's beginning. */
  #shown: readonly number[] = [];
  readonly #byName = new Map<string, ContextField>();
  #painted = 0;
  #btf: Btf | undefined;
  #type = 0;
  #rules: ContextFields | undefined;

  readonly #sockets: Sockets;

  constructor(memory: LinearMemory, packet: Packet, world: World, sockets: Sockets) {
    this.#sockets = sockets;
    this.#memory = memory;
    this.#packet = packet;
    this.#world = world;
  }

  /** Bytes that the context takes up; 0 before the first `open`. */
  get length(): number {
    return this.#painted;
  }
  /** Where it is in memory. */
  get place(): number {
    return LAYOUT.context;
  }
  get(name: string): number {
    const field = this.#byName.get(name);
    return field === undefined ? 0 : this.#memory.view.getUint32(LAYOUT.context + field.offset, true);
  }
  /** Argument words that the run gave, where the context is an array of them. */
  words = 0;
  /** Argument word n, or undefined when there is none. */
  word(n: number): bigint | undefined {
    return n >= 0 && n < this.words ? this.#memory.view.getBigUint64(LAYOUT.context + n * 8, true) : undefined;
  }
  set64(name: string, value: bigint): void {
    const field = this.#byName.get(name);
    if (field !== undefined) this.#memory.view.setBigUint64(LAYOUT.context + field.offset, value, true);
  }
  set(name: string, value: number): void {
    const field = this.#byName.get(name);
    if (field === undefined) return;
    if (field.size === 1) this.#memory.u8[LAYOUT.context + field.offset] = value;
    else this.#memory.view.setUint32(LAYOUT.context + field.offset, value, true);
  }

  /** What {@link showPointers} wrote last. */
  readonly #lastShown: { list: readonly number[]; data: number; end: number; meta: number } = {
    list: [],
    data: -1,
    end: -1,
    meta: -1,
  };

  /** The 64-bit value of the pointer field at an offset. */
  pointer(offset: number): Word | undefined {
    switch (this.#pointers.get(offset)) {
      case "data":
        return [this.#packet.data, MEMORY_TAG];
      case "data_end":
        return [this.#packet.end, MEMORY_TAG];
      case "data_meta":
        return [this.#packet.meta, MEMORY_TAG];
      case "object":
        return [offset, OBJECT_TAG];
      case undefined:
        return undefined;
    }
  }

  /**
   * Writes the pointer fields where generated code reads them: two words, low and high, for each 4 bytes of context.
   * @param shadow as long as twice the context, zero where no field is a pointer
   * @param isFresh it does not hold what was written last
   */
  showPointers(shadow: Int32Array, isFresh: boolean): void {
    const list = this.#shown;
    const { data, end, meta } = this.#packet;
    const last = this.#lastShown;
    // Most runs of a property have a packet at the same place: this is a sixth of what a short one costs.
    if (!isFresh && last.list === list && last.data === data && last.end === end && last.meta === meta) return;
    last.list = list;
    last.data = data;
    last.end = end;
    last.meta = meta;
    for (let i = 0; i < list.length; i += 2) {
      const offset = list[i] as number;
      const kind = list[i + 1] as number;
      const at = offset >> 1;
      if (at + 1 >= shadow.length) continue;
      shadow[at] = kind === 0 ? data : kind === 1 ? end : kind === 2 ? meta : offset;
      shadow[at + 1] = kind === 3 ? OBJECT_TAG : MEMORY_TAG;
    }
  }

  /**
   * Lays the context out.
   * @param rules what the kernel allows of it; undefined where no table says
   * @param contextType BTF struct that the program's parameter points at, or 0
   * @throws MachineError `VM_INPUT` for an unknown field or a wrong value
   */
  open(
    kind: ContextKind,
    input: ContextInput | undefined,
    btf: Btf | undefined,
    contextType: number,
    rules?: ContextFields,
  ): void {
    // The same table without values: what the fields held is all that has to go.
    const fields = kind.shape === "xdp" ? XDP_FIELDS : kind.shape === "skb" ? SKB_FIELDS : undefined;
    if (fields !== undefined && fields === this.#fields && rules === this.#rules && input === undefined) {
      this.#memory.u8.fill(0, LAYOUT.context, LAYOUT.context + this.#painted);
      if (kind.shape === "skb") this.#showSocket();
      return;
    }
    this.#memory.paint(LAYOUT.context, this.#painted, false, false);
    this.#memory.u8.fill(0, LAYOUT.context, LAYOUT.context + this.#painted);
    this.#painted = 0;
    this.#rules = rules;
    this.#pointers.clear();
    this.#shown = [];
    this.#fields = [];
    this.#byName.clear();
    this.#type = 0;
    this.words = 0;
    try {
      if (kind.shape === "xdp") this.#table(XDP_FIELDS, XDP_BYTES, input, false);
      else if (kind.shape === "skb") this.#table(SKB_FIELDS, SKB_BYTES, input, true);
      else this.#plain(kind, input, btf, contextType);
    } catch (error) {
      // Half a context may lie there: the next run clears all of it.
      this.#painted = LAYOUT.contextBytes;
      this.#fields = [];
      throw error;
    }
  }

  #paint(bytes: number, write: boolean): void {
    this.#painted = Math.max(this.#painted, bytes);
    if (this.#rules === undefined) this.#memory.paint(LAYOUT.context, bytes, true, write);
    else this.#paintByRules(this.#rules, 0, bytes);
  }

  /** Makes bytes readable and writable as far as the kernel allows any access to them. */
  #paintByRules(rules: ContextFields, from: number, to: number): void {
    for (const [at, { read }] of rules) {
      if (at < from || at >= to) continue;
      // The largest size, which is the highest bit.
      const r = 2 ** (31 - Math.clz32(read));
      const end = Math.min(to, at + (read === 0 ? 0 : r));
      if (end > at) this.#memory.paint(LAYOUT.context + at, end - at, true, false);
    }
    for (const [at, { read, write }] of rules) {
      if (at < from || at >= to || write === 0) continue;
      const bytes = Math.min(to - at, 2 ** (31 - Math.clz32(write)));
      this.#memory.paint(LAYOUT.context + at, bytes, read !== 0, true);
    }
  }

  #table(fields: readonly ContextField[], bytes: number, input: ContextInput | undefined, writable: boolean): void {
    this.#fields = fields;
    this.#painted = Math.max(this.#painted, bytes);
    for (const field of fields) {
      this.#byName.set(field.name, field);
      if (field.pointer === "socket") this.#memory.paint(LAYOUT.context + field.offset, field.size, true, false);
      else if (field.pointer !== undefined) this.#pointers.set(field.offset, field.pointer);
      else if (this.#rules === undefined)
        this.#memory.paint(LAYOUT.context + field.offset, field.size, true, writable && field.writable);
      else this.#paintByRules(this.#rules, field.offset, field.offset + field.size);
    }
    const kinds = ["data", "data_end", "data_meta", "object"];
    this.#shown = [...this.#pointers].flatMap(([offset, kind]) => [offset, kinds.indexOf(kind)]);
    if (fields === SKB_FIELDS) this.#showSocket();
    if (input === undefined) return;
    if (input instanceof Uint8Array || Array.isArray(input)) {
      throw new MachineError("VM_INPUT", "the context of a packet program is given as fields by name");
    }
    for (const [name, value] of Object.entries(input)) {
      const field = fields.find((f) => f.name === name);
      if (name === "cb" && Array.isArray(value)) {
        for (const [i, one] of value.entries()) {
          const place = fields.find((f) => f.name === `cb${i}`);
          this.#number(place, `cb[${i}]`, one);
        }
      } else this.#number(field, name, value);
    }
  }

  /** Packets belong to a socket unless the run says otherwise. */
  #showSocket(): void {
    const at = LAYOUT.context + SKB_SOCKET;
    this.#memory.view.setInt32(at, this.#sockets.standard, true);
    this.#memory.view.setInt32(at + 4, MEMORY_TAG, true);
  }

  #number(field: ContextField | undefined, name: string, value: unknown): void {
    if (field?.pointer === "socket" && (value === null || typeof value === "bigint")) {
      this.#memory.view.setBigUint64(LAYOUT.context + field.offset, value ?? 0n, true);
      return;
    }
    if (field === undefined || field.pointer !== undefined)
      throw new MachineError("VM_INPUT", `the context has no field ${name} to set`);
    if (typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value))) {
      const at = LAYOUT.context + field.offset;
      if (field.size === 8) this.#memory.view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
      else if (field.size === 4) this.#memory.view.setUint32(at, Number(BigInt.asUintN(32, BigInt(value))), true);
      else this.#memory.u8[at] = Number(value);
    } else throw new MachineError("VM_INPUT", `context field ${name}: an integer is needed`);
  }

  /** A 64-bit word of a context; text and bytes are put into user memory and stand for their address. */
  #word(value: unknown, name: string): bigint {
    if (typeof value === "bigint") return value;
    if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
    if (typeof value === "string" || value instanceof Uint8Array) return this.#world.user.place(value);
    throw new MachineError("VM_INPUT", `context ${name}: an integer, text or bytes are needed`);
  }

  #plain(kind: ContextKind, input: ContextInput | undefined, btf: Btf | undefined, contextType: number): void {
    const { view } = this.#memory;
    if (input instanceof Uint8Array) {
      if (input.length > LAYOUT.contextBytes)
        throw new MachineError("VM_INPUT", `a context has at most ${LAYOUT.contextBytes} bytes`);
      this.#memory.u8.set(input, LAYOUT.context);
      this.#paint(Math.max(input.length, 8), kind.shape === "struct");
      return;
    }
    if (Array.isArray(input) && kind.shape !== "pt_regs") {
      this.words = Math.min(input.length, LAYOUT.contextBytes / 8);
      input.forEach((value, i) => {
        if (i < LAYOUT.contextBytes / 8)
          view.setBigUint64(LAYOUT.context + i * 8, BigInt.asUintN(64, this.#word(value, `argument ${i}`)), true);
      });
      this.#paint(Math.max(input.length, ARGUMENT_WORDS) * 8, false);
      return;
    }
    if (kind.shape === "pt_regs") this.#registers(input);
    else if (kind.shape === "args") this.#paint(ARGUMENT_WORDS * 8, false);
    else this.#struct((input ?? {}) as Readonly<Record<string, unknown>>, btf, contextType);
  }

  #registers(input: Exclude<ContextInput, Uint8Array> | undefined): void {
    this.#paint(PT_REGS.length * 8, false);
    const given: Readonly<Record<string, unknown>> = Array.isArray(input)
      ? { args: input }
      : ((input ?? {}) as Readonly<Record<string, unknown>>);
    const put = (name: string, value: unknown): void => {
      const index = PT_REGS.indexOf(name as (typeof PT_REGS)[number]);
      if (index < 0) throw new MachineError("VM_INPUT", `pt_regs has no register ${name}`);
      this.#memory.view.setBigUint64(LAYOUT.context + index * 8, BigInt.asUintN(64, this.#word(value, name)), true);
    };
    for (const [name, value] of Object.entries(given)) {
      if (name === "args" && Array.isArray(value))
        for (const [i, one] of value.entries()) put(PT_REGS_ARGUMENTS[i] ?? `argument ${i}`, one);
      else put(name, value);
    }
  }

  #struct(input: Readonly<Record<string, unknown>>, btf: Btf | undefined, contextType: number): void {
    const names = Object.keys(input);
    if (btf === undefined || contextType === 0) {
      if (names.length > 0)
        throw new MachineError("VM_INPUT", "the program's context has no type information: give its bytes");
      this.#paint(DEFAULT_BYTES, true);
      return;
    }
    const codec = codecFor(btf, contextType);
    if (codec.size > LAYOUT.contextBytes)
      throw new MachineError("VM_INPUT", `a context of ${codec.size} bytes is too large`);
    const bytes = new Uint8Array(codec.size);
    const zero = codec.decode(bytes, 0);
    const values: Record<string, unknown> = typeof zero === "object" && zero !== null ? { ...zero } : {};
    const dynamic = dynamicFields(btf, contextType);
    const area = new DynamicArea(codec.size);
    for (const name of names) {
      const value = input[name];
      const field = dynamic.get(name);
      if (field !== undefined && (typeof value === "string" || value instanceof Uint8Array)) {
        values[field.member] = area.add(name, value, field.from);
        continue;
      }
      const old = values[name];
      // Text where a number belongs is a pointer into user memory.
      const text = typeof value === "string" || value instanceof Uint8Array;
      values[name] =
        text && typeof old === "bigint"
          ? this.#word(value, name)
          : typeof old === "bigint" && typeof value === "number"
            ? BigInt(value)
            : typeof old === "number" && typeof value === "bigint"
              ? Number(value)
              : value;
    }
    codec.encode(values, bytes, 0);
    if (area.end > LAYOUT.contextBytes)
      throw new MachineError("VM_INPUT", `a context of ${area.end} bytes is too large`);
    this.#memory.u8.set(bytes, LAYOUT.context);
    area.write(this.#memory.u8, LAYOUT.context, codec.size);
    this.#paint(Math.max(area.end, 8), true);
    this.#btf = btf;
    this.#type = contextType;
  }

  /** Pointer fields of a struct context that begin and end the bytes it is about, as places; undefined when it has none. */
  payload(): readonly [start: number, end: number] | undefined {
    const btf = this.#btf;
    if (btf === undefined || this.#type === 0) return undefined;
    for (const [start, end] of PAYLOADS) {
      const [a, b] = [memberOf(btf, this.#type, start), memberOf(btf, this.#type, end)];
      if (a === undefined || b === undefined || btf.sizeOf(a.type) !== 8 || btf.sizeOf(b.type) !== 8) continue;
      return [LAYOUT.context + a.bitOffset / 8, LAYOUT.context + b.bitOffset / 8];
    }
    return undefined;
  }
  /** Points such fields at the packet. False when the context has none. */
  showPayload(): boolean {
    const places = this.payload();
    if (places === undefined) return false;
    this.#memory.view.setBigUint64(places[0], pointerTo(this.#packet.data), true);
    this.#memory.view.setBigUint64(places[1], pointerTo(this.#packet.end), true);
    return true;
  }

  /** Fields after the run, without pointers; undefined for raw contexts. */
  read(): Record<string, unknown> | undefined {
    if (this.#type !== 0 && this.#btf !== undefined) {
      const value = codecFor(this.#btf, this.#type).decode(this.#memory.bytes(LAYOUT.context, LAYOUT.contextBytes), 0);
      return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
    }
    if (this.#fields.length === 0) return undefined;
    const out: Record<string, unknown> = {};
    for (const { name, offset, size, pointer } of this.#fields) {
      if (pointer !== undefined) continue;
      const at = LAYOUT.context + offset;
      out[name] =
        size === 8
          ? this.#memory.view.getBigUint64(at, true)
          : size === 4
            ? this.#memory.view.getUint32(at, true)
            : this.#memory.u8[at];
    }
    return out;
  }
}
