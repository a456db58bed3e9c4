/** Packet bounds: what was compared with the end of the packet, and what is read. */
import { Reason } from "../../rejection.js";
import type { Speaker } from "../speaker.js";
import { bytes, type MessageRule, num, plain, type Told } from "./rule.js";

/** Largest offset of a packet pointer at which a comparison still proves bytes (MAX_PACKET_OFF, include/linux/bpf_verifier.h). */
const MAX_PACKET_OFF = 0xffff;

const COMPARISON = /^if (r\d+) \S+ (r\d+) goto/;
const REGISTERS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

const isEnd = (text: string | undefined): boolean => text?.startsWith("pkt_end") === true;
const isPacket = (text: string | undefined): boolean => text !== undefined && /^pkt\b(?!_)/.test(text);

/** The last comparison with the end of the packet, and the packet pointer in it. */
function lastComparison(s: Speaker): { readonly at: number; readonly register: number } | undefined {
  let register = -1;
  const at = s.last((step) => {
    const m = COMPARISON.exec(step.text);
    if (!m) return false;
    const [left = -1, right = -1] = [m[1], m[2]].map((r) => Number(r?.slice(1)));
    const [a, b] = [step.before.get(left), step.before.get(right)];
    if (isEnd(a) && isPacket(b)) register = right;
    else if (isEnd(b) && isPacket(a)) register = left;
    else return false;
    return true;
  });
  return at < 0 ? undefined : { at, register };
}

const idOf = (text: string | undefined): string => /\bid=(\d+)/.exec(text ?? "")?.[1] ?? "0";
const offOf = (text: string | undefined): number => Number(/\boff=(-?\d+)/.exec(text ?? "")?.[1] ?? 0);

/** "offset 23 of `data`": `off` counts from the last place at which a number of no constant value was added. */
function place(register: number, off: number, s: Speaker): string {
  const text = s.text(register);
  const held = REGISTERS.filter((r) => isPacket(s.text(r)) && idOf(s.text(r)) === idOf(text))
    .map((r) => ({ name: r === register ? s.subject(r) : s.variable(r), off: offOf(s.text(r)), own: r === register }))
    .sort((a, b) => Number(b.own) - Number(a.own))
    .find(({ name }) => name !== undefined);
  if (held !== undefined) return `offset ${off - held.off} of \`${held.name}\``;
  return idOf(text) === "0"
    ? `offset ${off} of the packet`
    : `${bytes(off)} after an offset into the packet that is not constant`;
}

const PROVE = {
  c: "Compare the pointer that is read, plus the bytes that are read, with the packet's end first (`if (p + size > data_end) return …`), and read through that same pointer.",
  typescript: "Take the header with `ctx.packet.at`, test that result, and read through it.",
};
const APART = {
  c: 'Test and read the same pointer: `if (p + size > data_end) return …`, then `p[…]`. Where the compiler computes it twice, `asm volatile("" : "+r"(p))` after the addition keeps one.',
  typescript: "Take the header once with `ctx.packet.at`, test that result, and read through it alone.",
};
const FAR = {
  c: "Bound the offset before it is added, below 65,535 less what is read: `if (offset > 0x7fff) return …`.",
  typescript:
    "Bound the offset before it is given to `ctx.packet.at`, below 65,535 less what is read: `if (offset > 0x7fff) return …`.",
};

/** What a packet access lacks. */
function packetBytes(off: number, size: number, register: number, s: Speaker): Told {
  // The kernel's message says the range; ours leaves it to the register.
  const said = /R\d+\([^)]*\br=(\d+)/.exec(s.trace.message)?.[1];
  const proven = said === undefined ? (s.number(register, "r") ?? 0n) : BigInt(said);
  const who = s.isCall ? s.callee : "this";
  const what = `${who} ${s.isWrite ? "writes" : "reads"} ${bytes(size)} at ${place(register, off, s)}`;
  const most = Number(s.number(register, "umax") ?? 0n) + off + size;
  const compared = lastComparison(s);
  if (proven === 0n && most > MAX_PACKET_OFF && idOf(s.text(register)) !== "0") {
    return {
      sentence: `${what}, whose offset may be up to ${most - size}: the kernel learns nothing from a comparison with the end of the packet where the offset may exceed 65,535.`,
      about: register,
      remedy: FAR,
    };
  }
  if (proven > 0n) {
    return {
      sentence: `${what}, but only ${bytes(proven)} there are known to be in the packet.`,
      about: register,
      remedy: {
        c: `Prove ${off + size} bytes: compare the pointer plus ${off + size} with the packet's end first.`,
        typescript: `Prove ${off + size} bytes: take the larger header with \`ctx.packet.at\`, and test it first.`,
      },
    };
  }
  if (compared === undefined)
    return {
      sentence: `${what}, but nothing on this path compares it with the end of the packet.`,
      about: register,
      remedy: PROVE,
    };
  const tested = s.text(compared.register, compared.at);
  const other = idOf(tested) !== idOf(s.text(register));
  return {
    sentence: other
      ? `${what}, but the comparison with the end of the packet at ${s.where(compared.at)} tests another pointer: its offset is another number for the kernel, even where both are computed alike.`
      : `${what}, but the comparison with the end of the packet at ${s.where(compared.at)} proves nothing here: this is its other outcome, or it compares less than is read.`,
    about: register,
    remedy: other ? APART : PROVE,
  };
}

// biome-ignore format: a table
export const PACKET: readonly MessageRule[] = [
  { pattern: /invalid access to packet, off=(-?\d+) size=(-?\d+)[,:]? ?.*?R(\d+)/, reason: Reason.PacketBounds, tell: (m, s) => packetBytes(num(m, 1), num(m, 2), num(m, 3), s) },
  { pattern: /R(\d+) offset is outside of the packet/, reason: Reason.PacketBounds, tell: (m, s) => packetBytes(Number(s.number(num(m, 1), "off") ?? 0), 1, num(m, 1), s) },
  { pattern: /cannot write into packet/, reason: Reason.PacketBounds, tell: plain("programs of this type may read the packet and not write it through pointers.", { c: "Write with bpf_skb_store_bytes, or use another program type.", typescript: "Write with `ctx.storeBytes`, or use another program type." }) },
  { pattern: /helper access to the packet is not allowed/, reason: Reason.Argument, tell: plain("this helper does not take a pointer into the packet here.", "Copy the bytes to a local variable and pass the copy.") },
];
