/**
 * `ebpftsc/testing/vitest`: importing it (best in `setupFiles`) gives `expect` the matchers of this package, with types.
 * @example
 * import "ebpftsc/testing/vitest";
 * expect(vm.filter(packet)).toDrop();
 */
import { expect } from "vitest";
import type { RunResult } from "../vm/index.js";
import { type Budget, matchers } from "./matchers.js";

expect.extend(matchers);

interface BpfMatchers<R> {
  /** The result is a pass: XDP pass, TC ok, a socket verdict of pass. */
  toPass(): R;
  /** The result is a drop: XDP drop, TC shot, a socket verdict of drop. */
  toDrop(): R;
  /** XDP_TX. */
  toTransmit(): R;
  /** The program redirected, to the interface if given. */
  toRedirectTo(ifindex?: number): R;
  /** The program ended without fault. */
  toRun(): R;
  /** The program faulted, with the code if given. */
  toFault(code?: NonNullable<RunResult["fault"]>["code"]): R;
  /** On a map handle of a ring buffer: what waits is this, and is taken. Of records only the given fields count. */
  toEmit(records: unknown, type?: string): R;
  /** The run stayed within instructions executed and bytes of stack. */
  toFit(budget: Budget): R;
}

declare module "vitest" {
  // vitest's own way of adding matchers: its documentation, "Extending Matchers".
  interface Assertion<T> extends BpfMatchers<T> {}
  interface AsymmetricMatchersContaining extends BpfMatchers<unknown> {}
}
