/** What stands around a run: packet and context laid out before it, and what must be closed behind it. */
import { MachineError } from "./errors.js";
import { MachineFault } from "./fault.js";
import type { RunInput } from "./options.js";
import { MAX_PACKET, XDP_FRAME, XDP_HEADROOM } from "./packet.js";
import type { LoadedProgram } from "./program.js";
import type { RunState } from "./run-state.js";
import { describeFrame, ETH_HLEN, SKB_HEADROOM } from "./skb.js";

const NOTHING: ReadonlySet<string> = new Set();

/** Lays packet and context out. @throws MachineError `VM_INPUT` for what cannot be */
export function prepareRun(state: RunState, program: LoadedProgram, input: RunInput): void {
  const { packet, context } = state;
  const { kind } = program;
  const frame = input.packet ?? (kind.shape === "xdp" || kind.shape === "skb" ? new Uint8Array(64) : undefined);
  if (frame !== undefined && frame.length > MAX_PACKET)
    throw new MachineError("VM_INPUT", `a packet of ${frame.length} bytes: at most ${MAX_PACKET} are possible`);
  context.open(kind, input.ctx, state.btf, program.contextType, program.contextRules);
  if (frame === undefined || (kind.shape !== "xdp" && kind.shape !== "skb")) {
    packet.clear();
    // Messages, socket options and the like: the bytes that the context is about.
    if (frame !== undefined && context.payload() !== undefined) {
      packet.load(frame, 0, 0, true);
      context.showPayload();
    }
    return;
  }
  if (frame.length < ETH_HLEN)
    throw new MachineError("VM_INPUT", `a packet of ${frame.length} bytes: an Ethernet frame has at least ${ETH_HLEN}`);
  if (kind.shape === "xdp") {
    packet.load(frame, XDP_HEADROOM, XDP_FRAME, true);
    if (input.ctx === undefined || !("ingress_ifindex" in input.ctx)) context.set("ingress_ifindex", 1);
  } else {
    packet.load(kind.link ? frame : frame.subarray(ETH_HLEN), SKB_HEADROOM, 0, kind.writable);
    // Above the link layer its header is still there, for loads at SKF_LL_OFF.
    if (!kind.link) state.memory.u8.set(frame.subarray(0, ETH_HLEN), packet.data - ETH_HLEN);
    describeFrame(context, frame, packet, input.ctx === undefined ? NOTHING : new Set(Object.keys(input.ctx)));
  }
}

/** The fault of a program that ended and left something open, if it did. @param at slot of its last instruction */
export function stillOpen({ locks, reserved, sections, heap }: RunState, at: number): MachineFault | undefined {
  const ended = (code: "VM_LOCK" | "VM_REFERENCE", message: string): MachineFault => {
    const fault = new MachineFault(code, message);
    fault.insn = at;
    return fault;
  };
  const open = [...sections].find(([, depth]) => depth > 0);
  const [leaked] = heap.owned;
  if (locks.size > 0) return ended("VM_LOCK", "the program ended while it held a spin lock");
  if (open !== undefined) return ended("VM_LOCK", `the program ended inside its ${open[0]} section`);
  if (leaked !== undefined)
    return ended("VM_REFERENCE", `the program ended and still owned ${heap.whatIs(leaked) ?? "an object"}`);
  return reserved.size === 0
    ? undefined
    : ended("VM_REFERENCE", "the program ended with a ring buffer record neither submitted nor discarded");
}
