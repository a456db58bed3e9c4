/** Without checks: others than good programs (engines.test.ts compares those) stay inside the linear memory. */
import { describe, expect, test } from "vitest";
import { Machine, runRaw } from "../../runtime/vm/index.js";
import { objectOf } from "./fuzz-object.js";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
const EXIT = "9500000000000000";

describe("checks: false", () => {
  test("context pointers are still pointers", () => {
    // r6 = r1; r1 = *(u32 *)(r6 + 0); r2 = *(u32 *)(r6 + 4); r2 -= r1; r0 = *(u8 *)(r1 + 3); r0 += r2; exit
    const machine = new Machine(
      objectOf(
        bytes(
          `bf16000000000000 6161000000000000 6162040000000000 1f12000000000000 7110030000000000 0f20000000000000 ${EXIT}`,
        ),
      ),
      { engine: "wasm", checks: false },
    );
    expect(machine.run("p", { packet: new Uint8Array(70).fill(5) }).result).toBe(75n);
  });

  test("an address outside the linear memory is a fault, not a crash", () => {
    // r1 = 0xfffffff0; r0 = *(u64 *)(r1 + 0)
    const { fault } = runRaw(bytes(`18010000f0ffffff 0000000000000000 7910000000000000 ${EXIT}`), new Uint8Array(8), {
      engine: "wasm",
      checks: false,
    });
    expect(fault).toMatchObject({ code: "VM_ACCESS", insn: -1 });
  });

  test("an endless loop still ends", () => {
    const { fault } = runRaw(bytes(`0700000001000000 0500feff00000000 ${EXIT}`), new Uint8Array(), {
      engine: "wasm",
      checks: false,
      fuel: 1000,
    });
    expect(fault?.code).toBe("VM_FUEL");
  });
});
