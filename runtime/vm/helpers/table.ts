/** Helper id -> implementation, joined with the ISA's helper table, which has the names. */
import { HELPERS, helperById } from "../../isa/index.js";
import { MachineFault } from "../fault.js";
import type { HelperCall, Implementation } from "./call.js";
import { checksumHelpers } from "./checksum.js";
import { forwardHelpers } from "./forward.js";
import { loopHelpers } from "./loops.js";
import { mapHelpers } from "./maps.js";
import { packetByteHelpers } from "./packet-bytes.js";
import { packetShapeHelpers } from "./packet-shape.js";
import { printHelpers } from "./print.js";
import { ringHelpers } from "./rings.js";
import { socketHelpers } from "./socket.js";
import { taskHelpers } from "./task.js";
import { timeHelpers } from "./time.js";

const BY_NAME: Readonly<Record<string, Implementation>> = {
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
};

const BY_ID: readonly (Implementation | undefined)[] = [
  undefined,
  ...HELPERS.map((helper) => BY_NAME[helper.name.replace(/^bpf_/, "")]),
];

/** Names of the helpers that the machine runs. */
export const implementedHelpers: readonly string[] = HELPERS.filter((helper) => BY_ID[helper.id] !== undefined).map(
  (helper) => helper.name,
);

/**
 * Runs a helper.
 * @throws MachineFault `VM_HELPER_UNKNOWN` (no such id), `VM_HELPER_UNSUPPORTED` (the machine does not have it), or what
 *   the helper finds wrong with its arguments
 */
export function callHelper(call: HelperCall, id: number): void {
  const run = BY_ID[id];
  const helper = helperById(id);
  if (run === undefined || helper === undefined) {
    if (helper === undefined) throw new MachineFault("VM_HELPER_UNKNOWN", `there is no helper ${id}`);
    throw new MachineFault("VM_HELPER_UNSUPPORTED", `the machine does not have ${helper.name} (helper ${id})`);
  }
  call.name = helper.name;
  const result = run(call);
  if (result === undefined) return;
  call.setArgument(0, result, result < 0 ? -1 : 0);
}
