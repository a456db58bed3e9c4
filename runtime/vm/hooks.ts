/**
 * What engines ask of a machine, joined: helpers and kernel functions with their mocks, context pointers, tail calls,
 * packet bytes, and what generated code may do by itself.
 */
import { helperById } from "../facts/helpers/index.js";
import { arenaPlace } from "./cast.js";
import type { EngineHooks } from "./engine.js";
import type { HelperCall } from "./helpers/call.js";
import { callHelper } from "./helpers/table.js";
import { callKfunc } from "./kfuncs/call.js";
import { READ_ONLY_PROGRAM } from "./maps/array.js";
import { ProgArray } from "./maps/references.js";
import type { Mock } from "./mock.js";
import type { LoadedProgram } from "./program.js";
import type { RunState } from "./run-state.js";
import { ETH_HLEN } from "./skb.js";
import { LOOKUP } from "./wasm/lookup.js";

/** include/uapi/linux/filter.h */
const SKF_NET_OFF = -0x10_0000;
const SKF_LL_OFF = -0x20_0000;
/** What kernel structs' fields are away from NULL at most. */
const NULL_PAGE = 65536;

/**
 * Where a load at a negative offset reads, in bytes from the start of the data: from the network header or the link header
 * on (bpf_internal_load_pointer_neg_helper); Infinity for what is from neither.
 * @param isLink the data begins with the link header @param gap see {@link RunState.packet}
 */
function fromHeader(offset: number, isLink: boolean, gap: number): number {
  if (offset >= SKF_NET_OFF) return (isLink ? ETH_HLEN : 0) + gap + offset - SKF_NET_OFF;
  return offset >= SKF_LL_OFF ? (isLink ? 0 : -ETH_HLEN) + offset - SKF_LL_OFF : Number.POSITIVE_INFINITY;
}

/** @param call of the machine's engine, which is made with these hooks */
export function engineHooks(
  state: RunState,
  programs: ReadonlyMap<string, LoadedProgram>,
  mocks: ReadonlyMap<string, Mock>,
  call: () => HelperCall,
): EngineHooks {
  const { context, world, packet, memory, maps } = state;
  /** May generated code do a helper's work by itself? Not when the test replaced the helper or what it asks. */
  const inlines = (id: number): boolean => {
    const name = helperById(id)?.name ?? "";
    if (mocks.has(name)) return false;
    return name === "bpf_get_prandom_u32" ? world.ownRandom : !name.startsWith("bpf_ktime_") || world.ownClock;
  };
  return {
    helper: (id) => callHelper(call(), id, mocks),
    helperArity: (id) => helperById(id)?.args.length ?? 5,
    kfunc: (slot) => callKfunc(call(), state.program?.kfuncs.get(slot), mocks),
    inlineHelper: inlines,
    inlineMap: (index) => {
      const map = maps[index];
      return map?.plan === undefined || !inlines(LOOKUP)
        ? undefined
        : {
            plan: map.plan,
            valueSize: map.def.valueSize,
            writable: (map.def.flags & READ_ONLY_PROGRAM) === 0,
            plain: map.special.length === 0,
          };
    },
    missing: (hi, lo, bytes, write) => {
      const arena = state.program?.arena;
      if (arena !== undefined) {
        const found = arenaPlace(
          memory,
          arena,
          { hi, lo },
          { bytes, write },
          { sink: state.scratch, zeroes: state.zeroes },
        );
        if (found !== undefined) return found;
      }
      return state.kind.probes === true && !write && hi === 0 && lo >>> 0 < NULL_PAGE ? state.zeroes : undefined;
    },
    arena: () => state.program?.arena,
    contextPointer: (offset) => context.pointer(offset),
    showPointers: (shadow, isFresh) => context.showPointers(shadow, isFresh),
    tailCall: () => {
      const map = call().map(2);
      const name = map instanceof ProgArray ? map.targets.get(call().u32(3)) : undefined;
      const target = name === undefined ? undefined : programs.get(name);
      if (target === undefined) return undefined;
      state.program = target;
      return target.code;
    },
    packetLoad: (offset, bytes) => {
      const at = packet.data + (offset < 0 ? fromHeader(offset, state.kind.link, packet.networkGap) : offset);
      if (at + bytes > packet.end) return undefined;
      if (bytes === 1) return memory.view.getUint8(at);
      return bytes === 2 ? memory.view.getUint16(at) : memory.view.getInt32(at);
    },
  };
}
