import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Btf, Kind, parseBtf } from "../../runtime/btf/index.js";

/** Words of a type: name offset, kind with vlen, third word, what follows. */
type Type = readonly [name: number, kind: number, vlen: number, third: number, ...rest: number[]];

function blob(types: readonly Type[], strings: string): Uint8Array {
  const words = types.flatMap(([name, kind, vlen, third, ...rest]) => [name, (kind << 24) | vlen, third, ...rest]);
  const text = Buffer.from(strings, "latin1");
  const head = [0x0001eb9f, 24, 0, words.length * 4, words.length * 4, text.length];
  return Buffer.concat([new Uint8Array(Uint32Array.from([...head, ...words]).buffer), text]);
}
const int = (name: number): Type => [name, Kind.Int, 0, 4, 32];
const code = (make: () => Btf): string => {
  try {
    make();
    return "read";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};

describe("types by name", () => {
  // my_task is at 1, with "task" at 4; a_task at 9, task___old at 17, u8 at 28.
  const strings = "\0my_task\0a_task\0\0task___old\0u8\0";
  const btf = parseBtf(blob([int(4), int(1), int(17), int(28), int(4), [0, Kind.Ptr, 0, 1]], strings));
  test("a name may be the end of another", () => {
    expect(btf.named("task")).toEqual([1, 5]);
    expect(btf.named("my_task")).toEqual([2]);
    expect(btf.find("a_task")).toBeUndefined();
    expect(btf.find("tas")).toBeUndefined();
    expect(btf.named("")).toEqual([]);
  });
  test("names that begin alike", () => {
    expect(btf.ownBeginningWith("task")).toEqual([1, 3, 5]);
    expect(btf.ownBeginningWith("task_")).toEqual([3]);
  });
  test("split BTF names its own and its base's", () => {
    const end = strings.length;
    const split = parseBtf(blob([int(end + 1), int(4), [28, Kind.Typedef, 0, 7]], "\0task\0"), btf);
    expect(split.named("task")).toEqual([1, 5, 7, 8]);
    expect(split.find("task")?.id).toBe(7);
    expect(split.find("u8", "int")?.id).toBe(4);
    expect(split.find("u8")?.kind).toBe("typedef");
    expect(split.ownBeginningWith("task")).toEqual([7, 8]);
  });
});

describe("what is not well-formed is told before any type is asked for", () => {
  test.each<[string, readonly Type[], string, string]>([
    ["a name outside", [int(40)], "\0a\0", "BTF_STRING"],
    ["a name without its end", [int(1)], "\0a", "BTF_STRING"],
    ["a member's name outside", [int(1), [1, Kind.Struct, 1, 4, 9, 1, 0]], "\0a\0", "BTF_STRING"],
    ["an enumerator's name outside", [[1, Kind.Enum, 2, 4, 1, 0, 9, 1]], "\0a\0", "BTF_STRING"],
    ["a parameter's name outside", [int(1), [0, Kind.FuncProto, 1, 1, 9, 1]], "\0a\0", "BTF_STRING"],
    ["a type that is not there", [[0, Kind.Ptr, 0, 2]], "\0a\0", "BTF_TYPE_ID"],
    ["a member's type", [[1, Kind.Struct, 1, 4, 1, 7, 0]], "\0a\0", "BTF_TYPE_ID"],
    ["an index type", [[0, Kind.Array, 0, 0, 1, 7, 4]], "\0a\0", "BTF_TYPE_ID"],
    ["a section's variable", [[1, Kind.Datasec, 1, 4, 7, 0, 4]], "\0a\0", "BTF_TYPE_ID"],
    ["a parameter's type", [int(1), [0, Kind.FuncProto, 1, 1, 0, 9]], "\0a\0", "BTF_TYPE_ID"],
    ["a kind of tomorrow", [[1, 20, 0, 4]], "\0a\0", "BTF_KIND"],
    ["fewer members than told", [[1, Kind.Struct, 3, 4, 1, 1, 0]], "\0a\0", "BTF_TRUNCATED"],
    ["half a type", [int(1), [1, Kind.Int, 0, 4]], "\0a\0", "BTF_TRUNCATED"],
    ["nothing wrong", [int(1)], "\0a\0", "read"],
  ])("%s", (_, types, strings, expected) => {
    expect(code(() => parseBtf(blob(types, strings)))).toBe(expected);
  });
});

const kernel = "/sys/kernel/btf/vmlinux";
test.runIf(existsSync(kernel))("the kernel's types, by name as by number", () => {
  const btf = parseBtf(readFileSync(kernel));
  const byName = new Map<string, number[]>();
  for (const { name, id } of btf.types) {
    const ids = byName.get(name);
    if (ids === undefined) byName.set(name, [id]);
    else ids.push(id);
  }
  byName.set("", []);
  const names = [...byName.keys()];
  for (let i = 0; i < names.length; i += 7) {
    const name = names[i] ?? "";
    expect([name, btf.named(name)]).toEqual([name, byName.get(name)]);
  }
});
