/** Replacing helpers and kernel functions: what a test's own implementation sees. */
import { MEMORY_TAG } from "./address.js";
import type { HelperCall } from "./helpers/call.js";

/** One call of a mocked function. */
export interface MockCall {
  /** "bpf_get_stackid" */
  readonly name: string;
  /** r1 to r5, unsigned 64-bit; what the function does not take is whatever the registers hold. */
  readonly args: readonly [bigint, bigint, bigint, bigint, bigint];
  /** A copy of memory that the program could read. @throws RangeError when it could not */
  read(address: bigint, bytes: number): Uint8Array;
  /** Writes where the program could. @throws RangeError when it could not */
  write(address: bigint, bytes: Uint8Array): void;
}

/** Gives r0; nothing is 0. Negative numbers are errors, as the kernel returns them. */
export type Mock = (call: MockCall) => bigint | number | undefined | void;

/** Runs a mock with the registers of a call. */
export function callMock(call: HelperCall, name: string, mock: Mock): void {
  const { memory } = call.run;
  const place = (address: bigint, bytes: number, write: boolean): number => {
    const unsigned = BigInt.asUintN(64, address);
    const at = Number(unsigned & 0xffff_ffffn);
    const tagged = Number(BigInt.asIntN(32, unsigned >> 32n)) === MEMORY_TAG;
    if (!tagged || !(write ? memory.canWrite(at, bytes) : memory.canRead(at, bytes)))
      throw new RangeError(
        `${name}: ${bytes} bytes at 0x${unsigned.toString(16)} are not the program's to ${write ? "write" : "read"}`,
      );
    return at;
  };
  const result = mock({
    name,
    args: [call.u64(1), call.u64(2), call.u64(3), call.u64(4), call.u64(5)],
    read(address, bytes) {
      return memory.bytes(place(address, bytes, false), bytes).slice();
    },
    write(address, bytes) {
      const at = place(address, bytes.length, true);
      memory.u8.set(bytes, at);
      memory.paintReadable(at, bytes.length, true);
    },
  });
  call.give(BigInt.asUintN(64, BigInt(result ?? 0)));
}
