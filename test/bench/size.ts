/** Instructions per program, ours beside clang's. */
import { readObject } from "../../runtime/elf/index.js";
import { clangName, compileC, compileOurs, pairs } from "./pair.js";
import { type Row, row, type Suite } from "./row.js";

const BYTES_PER_INSTRUCTION = 8;

function instructions(object: Uint8Array): Map<string, number> {
  return new Map(readObject(object).programs.map((p) => [p.name, p.bytes.length / BYTES_PER_INSTRUCTION]));
}

export const size: Suite = {
  name: "size",
  skip: () => (clangName() === undefined ? "clang-19 is not installed" : undefined),
  async run() {
    const rows: Row[] = [];
    for (const { name, source, c } of pairs) {
      const peer = instructions(compileC(c));
      for (const [program, ours] of instructions(compileOurs(source))) {
        const theirs = peer.get(program);
        if (theirs === undefined) throw new Error(`${c} has no program ${program}`);
        rows.push(row(`${name}/${program} size`, "instructions", ours, theirs, clangName() ?? "clang"));
      }
    }
    return rows;
  },
};
