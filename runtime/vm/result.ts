/** What a run left behind, as its caller gets it: copies, so that the next run changes nothing in it. */
import type { ContextKind } from "./context/kinds.js";
import type { Fault } from "./fault.js";
import type { RunResult } from "./options.js";
import type { LoadedProgram } from "./program.js";
import type { RunState } from "./run-state.js";
import { ETH_HLEN } from "./skb.js";

/** @param word low half of r0 @param insns instructions executed */
export function resultOf(
  state: RunState,
  program: LoadedProgram,
  word: number,
  insns: number,
  fault: Fault | undefined,
): RunResult {
  const { kind } = program;
  const { context, output, redirect, cloned, effects } = state;
  const value = fault === undefined ? word : 0;
  const action = fault === undefined ? (kind.actions[word] ?? kind.actions[word >>> 0]) : undefined;
  // Assigned one by one: this is the greater part of what a short run costs, and spreading is slow.
  const result: { -readonly [K in keyof RunResult]: RunResult[K] } = {
    result: BigInt(value >>> 0),
    // The machine goes on with lists that are empty.
    output: output.length === 0 ? [] : output,
    insns,
    stackBytes: program.stackBytes,
    cloned: cloned.length === 0 ? [] : cloned,
  };
  if (action !== undefined) result.action = action;
  if (kind.shape === "xdp" || kind.shape === "skb") result.packet = packetAfter(state, kind);
  const fields = context.read();
  if (fields !== undefined) result.ctx = fields;
  if (redirect !== undefined) result.redirect = redirect;
  if (effects.length > 0) result.effects = effects;
  if (fault !== undefined) result.fault = fault;
  return result;
}

/**
 * As the kernel's test runs give it back: with metadata in front for XDP (bpf_prog_test_run_xdp), behind 14 zero bytes
 * above the link layer (bpf_prog_test_run_skb).
 */
function packetAfter({ packet, memory }: RunState, kind: ContextKind): Uint8Array {
  if (kind.shape !== "skb" || kind.link) return memory.u8.slice(packet.meta, packet.end);
  const bytes = new Uint8Array(ETH_HLEN + packet.length);
  bytes.set(packet.bytes, ETH_HLEN);
  return bytes;
}
