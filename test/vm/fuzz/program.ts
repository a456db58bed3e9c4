/** One random program from a seed; the same seed gives the same program everywhere. */
import { encode } from "../../../runtime/isa/index.js";
import { Generator, generator, type Insn, insn, STACK, slots } from "../generate.js";
import { checksum, indexed, mapUse, nested, packet, packetSum, pointerCall, pointerCallee, walk } from "./sections.js";

const SECTIONS: readonly ((g: Generator) => void)[] = [walk, nested, indexed, mapUse, mapUse, checksum, pointerCall];

/**
 * One program's bytecode. Map references have src 1 or 2 (value of map 0), `imm` the map's index (fuzz-object.ts): map 0
 * is an array with one value of STATE_BYTES, the others have u32 keys (the LPM trie's is 8 bytes) and u64 values.
 */
export function generate(seed: number): Uint8Array {
  const random = generator(seed);
  const main = new Generator(random, [0, 1, 2, 3, 4, 5, 6, 7, 8], true, SECTIONS);
  const withPacket = random(2) === 0;
  if (withPacket) packet(main);
  main.out.push(insn(0x18, { dst: 9, src: 2, imm: 0, imm2: 0 } as Insn));
  for (const dst of [0, 1, 2, 3, 4, 5, 6, 7, 8])
    main.out.push(insn(0x18, { dst, imm: main.imm(), imm2: main.imm() } as Insn));
  for (let off = STACK; off < 0; off += 8) main.out.push(insn(0x7b, { dst: 10, src: main.reg(), off }));
  if (withPacket) packetSum(main);
  main.block(8 + random(40), 0);
  for (let i = 0; i < 9; i++) main.out.push(insn(0x7b, { dst: 9, src: i, off: i * 8 }));
  for (let i = 0; i < 8; i++)
    main.out.push(insn(0x79, { dst: 1, src: 10, off: STACK + i * 8 }), insn(0x7b, { dst: 9, src: 1, off: 72 + i * 8 }));
  main.out.push(insn(0xb7, { dst: 0, imm: 2 }), insn(0x95));
  const calls = main.out.some((i) => i.opcode === 0x85 && i.src === 1 && i.imm === 1);
  const callee = new Generator(random, [0, 1, 2, 3, 4, 5, 6, 7, 8], false);
  if (calls) {
    callee.out.push(insn(0xb7, { dst: 0, imm: 1 }));
    for (const dst of [6, 7, 8]) callee.out.push(insn(0xbf, { dst, src: 1 }));
    for (let off = STACK; off < 0; off += 8) callee.out.push(insn(0x7b, { dst: 10, src: 2, off }));
    callee.block(4 + random(10), 1);
    callee.out.push(insn(0x95));
  }
  const taker = new Generator(random, [0, 7, 8], false);
  if (main.out.some((i) => i.opcode === 0x85 && i.src === 1 && i.imm === 2)) pointerCallee(taker);
  const entries = [0, slots(main.out), slots(main.out) + slots(callee.out)];
  let at = 0;
  const all = [...main.out, ...callee.out, ...taker.out].map((i) => {
    const slot = at;
    at += i.opcode === 0x18 ? 2 : 1;
    return i.opcode === 0x85 && i.src === 1 ? { ...i, slot, imm: (entries[i.imm] ?? 0) - slot - 1 } : { ...i, slot };
  });
  return encode(all);
}
