/** A kernel function call: a test's mock, else the machine's own, else a fault. */
import { MachineFault } from "../fault.js";
import type { HelperCall } from "../helpers/call.js";
import { callMock, type Mock } from "../mock.js";
import { KFUNCS } from "./table.js";

/**
 * Runs the kernel function of a name.
 * @throws MachineFault `VM_KFUNC` when there is none, or what the function finds wrong
 */
export function callKfunc(call: HelperCall, name: string | undefined, mocks: ReadonlyMap<string, Mock>): void {
  const mock = name === undefined ? undefined : mocks.get(name);
  if (mock !== undefined && name !== undefined) {
    callMock(call, name, mock);
    return;
  }
  const run = name === undefined ? undefined : KFUNCS.get(name);
  if (run === undefined || name === undefined)
    throw new MachineFault(
      "VM_KFUNC",
      `the machine does not have the kernel function ${name ?? ""}: mock it`.replace(" :", ":"),
    );
  call.name = name;
  const result = run(call);
  // Results are ints: the calling convention leaves the upper half to the verifier, which assumes nothing of it.
  if (result !== undefined) call.setArgument(0, result, result < 0 ? -1 : 0);
}
