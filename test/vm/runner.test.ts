/** The lean run path gives what Machine.run gives, whatever ran before it on the same machine. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compile } from "../../compiler/index.js";
import { type EngineName, loadObject, type Machine, MachineError } from "../../runtime/vm/index.js";
import { Machine as BareMachine } from "../../runtime/vm/machine.js";
import { root } from "../bench/pair.js";
import { tempFolder } from "../harness/temp.js";
import { objectOf } from "./fuzz-object.js";
import { generator } from "./generate.js";

const objectOfExample = (name: string): Uint8Array => {
  const { object } = compile(`${root}/examples/${name}/${name}.ts`);
  if (object === undefined) throw new Error(`${name} does not compile`);
  return object;
};
const objects = { firewall: objectOfExample("firewall"), "packet-counter": objectOfExample("packet-counter") };

/** A frame of 14 to 113 bytes that is often nearly IPv4 or IPv6. */
function frame(random: (below: number) => number): Uint8Array {
  const bytes = Uint8Array.from({ length: 14 + random(100) }, () => (random(3) === 0 ? random(256) : random(4)));
  const type = [0x0800, 0x86dd, 0x8100, 0x88a8, 0x0806, 0x0010][random(6)] ?? 0;
  bytes.set([type >> 8, type & 255], 12);
  if (bytes.length > 14) bytes[14] = random(4) === 0 ? random(256) : type === 0x0800 ? 0x45 : 0x60;
  return bytes;
}

const PROGRAMS = [
  ["firewall", "filter"],
  ["packet-counter", "receive"],
  ["packet-counter", "send"],
] as const;

describe.each(["interp", "wasm"] as const)("runner on %s", (engine: EngineName) => {
  test.each(PROGRAMS)("%s/%s: as Machine.run on 300 frames", (example, program) => {
    const [lean, plain] = [0, 1].map(() => loadObject(objects[example], { engine, random: 3 })) as [Machine, Machine];
    const runner = lean.runner(program);
    const random = generator(77);
    for (let i = 0; i < 300; i++) {
      const bytes = frame(random);
      runner.packet.set(bytes);
      const result = runner.run(bytes.length);
      const expected = plain.run(program, { packet: bytes });
      expect(runner.fault, `frame ${i}`).toEqual(expected.fault);
      expect(BigInt(result)).toBe(expected.result);
      expect(runner.insns).toBe(expected.insns);
      expect(runner.action(result)).toBe(expected.action);
      expect(runner.output).toEqual(expected.packet);
    }
    for (const [name, map] of lean.maps) expect(map.snapshot(), name).toEqual(plain.map(name).snapshot());
  });

  test("other runs of the machine between its own do not show", () => {
    const machine = loadObject(objects["packet-counter"], { engine });
    const [receive, send] = [machine.runner("receive"), machine.runner("send", { ctx: { mark: 7 } })];
    const bytes = Uint8Array.from({ length: 64 }, (_, i) => (i === 12 ? 8 : i === 14 ? 0x45 : 0));
    for (let i = 0; i < 3; i++) {
      receive.packet.set(bytes);
      expect(receive.run(64)).toBe(2);
      send.packet.set(bytes);
      expect(send.run(64)).toBe(0);
      expect([send.field("mark"), send.field("len"), send.field("protocol")]).toEqual([7, 64, 8]);
      expect(machine.run("send", { packet: bytes }).ctx?.["mark"]).toBe(0);
    }
  });

  test("what the context is changed to between runs, and what a run writes into it", () => {
    // r0 = mark; mark = r0 + 1; r0 += tc_index << 8; exit
    const insns =
      "6110080000000000 bf02000000000000 0702000001000000 6321080000000000 61122c0000000000 6702000008000000 0f20000000000000 9500000000000000";
    const code = new Uint8Array(Buffer.from(insns.replaceAll(" ", ""), "hex"));
    const machine = new BareMachine(objectOf(code, "tc"), { engine });
    const runner = machine.runner(undefined, { ctx: { mark: 5 } });
    // Every run begins with the context as it was given.
    for (let i = 0; i < 4; i++) expect([runner.run(64 + (i & 1)), runner.field("mark")]).toEqual([5, 6]);
    const words = new Uint32Array(runner.context.buffer);
    for (let i = 0; i < 4; i++) {
      words[11] = i;
      expect([runner.run(), runner.field("len")]).toEqual([5 + i * 256, 65]);
    }
    const other = machine.runner();
    for (let i = 0; i < 3; i++) expect([other.run(), runner.run()]).toEqual([0, 5 + 3 * 256]);
  });

  test("a helper that is mocked between runs is mocked at once", () => {
    // call get_prandom_u32; exit
    const code = new Uint8Array(Buffer.from("85000000070000009500000000000000", "hex"));
    const [one, two] = [0, 1].map(() => new BareMachine(objectOf(code), { engine, random: 9 })) as [Machine, Machine];
    const [runner, other] = [one.runner(), two.runner()];
    for (let i = 0; i < 3; i++) expect(runner.run()).toBe(Number(two.run(undefined).result));
    one.mock("bpf_get_prandom_u32", () => 7);
    expect([runner.run(), runner.run()]).toEqual([7, 7]);
    expect(other.run()).not.toBe(7);
  });

  test("instructions are counted, and the limit ends quick runs too", () => {
    // r0 = *(u32 *)(r1 + 0); r0 = *(u8 *)(r0 + 0); r0 *= 2 until r0 is 0 … as many rounds as the byte says
    const insns =
      "6112000000000000 7120000000000000 1500020000000000 0700 0000ffffffff 0500fdff00000000 9500000000000000";
    const code = new Uint8Array(Buffer.from(insns.replaceAll(" ", ""), "hex"));
    const machine = new BareMachine(objectOf(code), { engine, fuel: 100 });
    const runner = machine.runner();
    const counts = [3, 10, 200, 31, 33, 0].map((n) => {
      runner.packet[0] = n;
      return [runner.run(), runner.insns, runner.fault?.code];
    });
    expect(counts).toEqual([
      [0, 13, undefined],
      [0, 34, undefined],
      [-1, 100, "VM_FUEL"],
      [0, 97, undefined],
      [-1, 100, "VM_FUEL"],
      [0, 4, undefined],
    ]);
  });

  test("a fault is -1, with its reason; the next run begins anew", () => {
    // r1 = *(u32 *)(r1 + 0); r0 = *(u8 *)(r1 + 20); exit
    const insns = "6111000000000000 7110140000000000 9500000000000000".replaceAll(" ", "");
    const machine = new BareMachine(objectOf(new Uint8Array(Buffer.from(insns, "hex"))), { engine });
    const runner = machine.runner();
    runner.packet.fill(9);
    expect(runner.run(20)).toBe(-1);
    expect(runner.fault).toMatchObject({ code: "VM_ACCESS", insn: 1 });
    expect([runner.run(21), runner.fault]).toEqual([9, undefined]);
    // Longer and shorter again: the bounds follow.
    expect(runner.run(1000)).toBe(9);
    expect(runner.run(20)).toBe(-1);
  });

  test("what the last packet left around a packet is not uncovered", () => {
    // r2 = -16; call xdp_adjust_head(r1, r2) with r6 = ctx; r1 = *(u32 *)(r6 + 0); r0 = *(u8 *)(r1 + 15); exit
    const insns = `bf16000000000000 b7020000f0ffffff 850000002c000000 6161000000000000 71100f0000000000 9500000000000000`;
    const machine = new BareMachine(objectOf(new Uint8Array(Buffer.from(insns.replaceAll(" ", ""), "hex"))), {
      engine,
    });
    const runner = machine.runner();
    runner.packet.fill(0x5a);
    for (let i = 0; i < 3; i++) {
      expect(runner.run(64)).toBe(0);
      expect(runner.output.length).toBe(80);
    }
    machine.run("p", { packet: new Uint8Array(1500).fill(1) });
    expect(runner.run(64)).toBe(0);
  });

  test("what cannot be is refused", () => {
    const machine = loadObject(objects.firewall, { engine });
    expect(() => machine.runner("filter").run(13)).toThrow(MachineError);
    expect(() => machine.runner("filter").run(65536)).toThrow(MachineError);
    expect(() => machine.runner("filter").run(Number.NaN)).toThrow(MachineError);
    expect(() => machine.runner("nothing")).toThrow(MachineError);
    expect(() => machine.runner("filter", { cpu: 5 })).toThrow(MachineError);
    expect(() => machine.runner("filter", { ctx: { nothing: 1 } })).toThrow(MachineError);
  });
});

test("a result keeps what its run printed and cloned, whatever runs after it", () => {
  const file = join(tempFolder(), "prints.ts");
  writeFileSync(
    file,
    `import { SkBuff, TcAction, tc } from "ebpftsc";
export class P {
  @tc("ingress") static run(skb: SkBuff): TcAction {
    if (skb.length > 100) {
      console.log("long");
      skb.cloneRedirect(5);
    }
    return TcAction.Ok;
  }
}
`,
  );
  const { object, diagnostics } = compile(file);
  expect(diagnostics).toEqual([]);
  const machine = loadObject(object ?? new Uint8Array(), { engine: "wasm" });
  const short = machine.run("run", { packet: new Uint8Array(64) });
  const long = machine.run("run", { packet: new Uint8Array(200) });
  const again = machine.run("run", { packet: new Uint8Array(64) });
  expect([short, long, again].map(({ output }) => output)).toEqual([[], ["long"], []]);
  expect([short, long, again].map(({ cloned }) => cloned.length)).toEqual([0, 1, 0]);
});
