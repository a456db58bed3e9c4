/** Helper id -> implementation, joined with the ISA's helper table, which has the names. */

import { POISON } from "../../elf/index.js";
import { HELPER_NAMES, type HelperName, helperById } from "../../facts/helpers/index.js";
import { MachineFault } from "../fault.js";
import { dynptrHelpers } from "../kfuncs/dynptr.js";
import { kptrHelpers } from "../kfuncs/objects.js";
import { callMock, type Mock } from "../mock.js";
import { absentHelpers } from "./absent.js";
import type { HelperCall, Implementation } from "./call.js";
import { checksumHelpers } from "./checksum.js";
import { effectHelpers } from "./effects.js";
import { forwardHelpers } from "./forward.js";
import { loopHelpers } from "./loops.js";
import { mapHelpers } from "./maps.js";
import { packetByteHelpers } from "./packet-bytes.js";
import { packetShapeHelpers } from "./packet-shape.js";
import { printHelpers } from "./print.js";
import { ringHelpers } from "./rings.js";
import { socketHelpers } from "./socket.js";
import { lookupHelpers } from "./sockets.js";
import { storageHelpers } from "./storage.js";
import { taskHelpers } from "./task.js";
import { timeHelpers } from "./time.js";
import { timerHelpers } from "./timers.js";
import { tracingHelpers } from "./tracing.js";

/** Every helper has an answer: tail calls are the engines' business, what the machine has not got is absent.ts's. */
const BY_NAME: Readonly<Record<Exclude<HelperName, "tail_call">, Implementation>> = {
  ...mapHelpers,
  ...loopHelpers,
  ...timeHelpers,
  ...taskHelpers,
  ...printHelpers,
  ...checksumHelpers,
  ...packetByteHelpers,
  ...packetShapeHelpers,
  ...forwardHelpers,
  ...ringHelpers,
  ...socketHelpers,
  ...lookupHelpers,
  ...effectHelpers,
  ...tracingHelpers,
  ...absentHelpers,
  ...dynptrHelpers,
  ...kptrHelpers,
  ...storageHelpers,
  ...timerHelpers,
};

const byName: Partial<Readonly<Record<HelperName, Implementation>>> = BY_NAME;
const BY_ID: readonly (Implementation | undefined)[] = [undefined, ...HELPER_NAMES.map((name) => byName[name])];

/** Names of the helpers that the machine runs. */
export const implementedHelpers: readonly string[] = HELPER_NAMES.filter((name) => byName[name] !== undefined).map(
  (name) => `bpf_${name}`,
);

/**
 * Runs a helper.
 * @throws MachineFault `VM_HELPER_UNKNOWN` (no such id), `VM_CORE` (a relocation without target), or what
 *   the helper finds wrong with its arguments
 */
export function callHelper(call: HelperCall, id: number, mocks?: ReadonlyMap<string, Mock>): void {
  const run = BY_ID[id];
  const helper = helperById(id);
  const mock = mocks === undefined || mocks.size === 0 || helper === undefined ? undefined : mocks.get(helper.name);
  if (mock !== undefined && helper !== undefined) {
    callMock(call, helper.name, mock);
    return;
  }
  if (run === undefined || helper === undefined) {
    const missing = call.run.program?.unresolved.find(
      (one) => one.insn === call.run.program?.program.core[id - POISON]?.insn,
    );
    if (missing !== undefined) throw new MachineFault("VM_CORE", missing.reason);
    throw new MachineFault("VM_HELPER_UNKNOWN", `there is no helper ${id}`);
  }
  call.name = helper.name;
  const result = run(call);
  if (result === undefined) return;
  call.setArgument(0, result, result < 0 ? -1 : 0);
}
