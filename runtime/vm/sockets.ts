/** struct bpf_sock in the machine (include/uapi/linux/bpf.h): what packet programs see of a socket. */
import { pointerTo } from "./address.js";
import { MachineError } from "./errors.js";
import type { Heap } from "./heap.js";
import type { LinearMemory } from "./memory.js";
import type { SocketFields } from "./world.js";

/** Byte offsets of the 32-bit fields. */
const OFFSETS: Readonly<Record<string, number>> = {
  bound_dev_if: 0,
  family: 4,
  type: 8,
  protocol: 12,
  mark: 16,
  priority: 20,
  src_ip4: 24,
  src_ip6_0: 28,
  src_ip6_1: 32,
  src_ip6_2: 36,
  src_ip6_3: 40,
  src_port: 44,
  dst_port: 48,
  dst_ip4: 52,
  dst_ip6_0: 56,
  dst_ip6_1: 60,
  dst_ip6_2: 64,
  dst_ip6_3: 68,
  state: 72,
  rx_queue_mapping: 76,
};
const BYTES = 80;
/** TCP_CLOSE: what a fresh socket is. */
const CLOSED = 7;

export class Sockets {
  #default = 0;
  constructor(
    readonly memory: LinearMemory,
    readonly heap: Heap,
  ) {}
  /** Address of a new socket. @throws MachineError `VM_INPUT` for a field that struct bpf_sock does not have */
  make(fields: SocketFields): bigint {
    const at = this.heap.take(BYTES, "struct bpf_sock", { read: true, write: false });
    for (const [name, value] of Object.entries({ state: CLOSED, ...fields })) {
      const offset = OFFSETS[name];
      if (offset === undefined)
        throw new MachineError(
          "VM_INPUT",
          `struct bpf_sock has no field ${name}; there are: ${Object.keys(OFFSETS).join(", ")}`,
        );
      this.memory.view.setUint32(at + offset, value, true);
    }
    return pointerTo(at);
  }
  /** Place of the socket that packets of a run belong to, unless the test says otherwise: closed, without addresses. */
  get standard(): number {
    if (this.heap.sizeOf(this.#default) === undefined) this.#default = Number(this.make({}) & 0xffff_ffffn);
    return this.#default;
  }
}
