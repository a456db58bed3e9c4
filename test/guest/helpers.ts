/**
 * `node dist/test/guest/helpers.js --image VMLINUZ --kernel 6.1`: which helpers of the newest kernel's program types an older kernel does not let
 * them call. Output: the rows of runtime/facts/helpers/types-since.table.ts for that kernel, helper by helper. Helpers that the kernel
 * does not have at all are in runtime/isa's table.
 */
import { parseArgs } from "node:util";
import { contextRules } from "../../compiler/precheck/tables/context.js";
import { versionNumber } from "../../compiler/precheck/tables/since.js";
import { helperById } from "../../runtime/facts/helpers/index.js";
import type { Instruction } from "../../runtime/isa/index.js";
import { VARIANTS } from "../oracle/program-types.js";
import { judgeRawInGuest } from "./guest.js";
import { packed } from "./packed.js";

const insn = (opcode: number, dst = 0, imm = 0): Instruction => ({ slot: 0, opcode, dst, src: 0, off: 0, imm });
/** Every argument a number: refused for them, or because there is no such helper. */
const calling = (id: number): Instruction[] =>
  [2, 3, 4, 5]
    .map((r) => insn(0xb7, r))
    .concat(insn(0x85, 0, id), insn(0xb7), insn(0x95))
    .map((i, slot) => ({ ...i, slot }));
const NOT_CALLABLE = /cannot use helper|unknown func|invalid func/;

function main(): void {
  const { values } = parseArgs({ options: { image: { type: "string" }, kernel: { type: "string" } } });
  const { image, kernel } = values;
  if (image === undefined || kernel === undefined) throw new Error("--image VMLINUZ --kernel VERSION");
  const asked = VARIANTS.flatMap((kind) =>
    [...(contextRules(kind.type, kind.attach)?.helpers ?? [])]
      .filter((id) => versionNumber(helperById(id)?.since ?? "0.0") <= versionNumber(kernel))
      .map((id) => ({ kind, id, insns: calling(id) })),
  );
  const exists = new Set<string>();
  const lacking = new Map<number, Set<string>>();
  for (const { object, verdict, message } of judgeRawInGuest(image, packed(asked))) {
    const one = asked[Number(object)];
    if (one === undefined || verdict === "unknown") continue;
    exists.add(one.kind.name);
    if (!NOT_CALLABLE.test(message)) continue;
    const types = lacking.get(one.id) ?? new Set<string>();
    types.add(`${one.kind.type}:${one.kind.attach}`);
    lacking.set(one.id, types);
  }
  for (const [id, types] of [...lacking].sort(([a], [b]) => a - b))
    console.log(`${id} ${helperById(id)?.name}: ${[...types].join(" ")}`);
  console.log(`${asked.length} asked, ${exists.size} of ${VARIANTS.length} program types exist`);
}

main();
