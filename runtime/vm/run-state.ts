/** What one run changes besides memory and maps: packet, context, output, redirects, CPU. Helpers work on it. */
import type { Btf } from "../btf/index.js";
import type { Context } from "./context/context.js";
import type { ContextKind } from "./context/kinds.js";
import type { Dynptrs } from "./dynptr.js";
import type { Heap } from "./heap.js";
import type { KernelStructs } from "./kernel/structs.js";
import type { VmMap } from "./maps/map.js";
import type { LinearMemory } from "./memory.js";
import type { Packet } from "./packet.js";
import type { LoadedProgram } from "./program.js";
import type { Sockets } from "./sockets.js";
import type { Timers } from "./timers.js";
import type { World } from "./world.js";

/** A redirect that a program asked for. */
export interface Redirect {
  readonly kind: "redirect" | "redirect_map" | "redirect_peer" | "redirect_neigh" | "clone_redirect";
  /** Interface index; for redirect_map the value found in the map when it is one. */
  readonly ifindex?: number;
  readonly map?: string;
  readonly key?: bigint;
  readonly flags: bigint;
}

/** What a program did to the world outside, which the machine does not have: signals, socket options, headers of tunnels. */
export interface Effect {
  /** "bpf_send_signal" */
  readonly helper: string;
  readonly args: readonly (bigint | Uint8Array)[];
}

/** A VLAN tag beside the packet, as network cards deliver it. */
export interface VlanTag {
  /** Network order, as __sk_buff shows it. */
  readonly protocol: number;
  readonly tci: number;
}

export interface RunState {
  readonly memory: LinearMemory;
  readonly packet: Packet;
  readonly context: Context;
  readonly world: World;
  readonly maps: readonly VmMap[];
  readonly cpus: number;
  /** 64 bytes that helpers may use while they run; never valid for programs. */
  readonly scratch: number;
  /** 8 bytes that are 0. */
  readonly zeroes: number;
  cpu: number;
  kind: ContextKind;
  output: string[];
  redirect: Redirect | undefined;
  cloned: Redirect[];
  /** Places of ring records that this run reserved and has not ended. */
  reserved: Set<number>;
  /** Places of spin locks held. */
  locks: Set<number>;
  readonly dynptrs: Dynptrs;
  /** Objects outside maps. */
  readonly heap: Heap;
  readonly structs: KernelStructs;
  readonly timers: Timers;
  /** Types of the object: what local type ids count in. */
  readonly btf: Btf | undefined;
  /** Sections that the program is in by name ("rcu", "preempt"), with their depth. */
  readonly sections: Map<string, number>;
  /** Struct that stands for the current task, when the run named one. */
  task: bigint | undefined;
  /** What bpf_get_retval reads and bpf_set_retval sets. */
  retval: number;
  program: LoadedProgram | undefined;
  readonly sockets: Sockets;
  effects: Effect[];
}
