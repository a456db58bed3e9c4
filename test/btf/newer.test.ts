/** BTF as kernels from 7.1 on write it, and what encoders leave in it; contexts that our objects describe whole. */
import { describe, expect, test } from "vitest";
import { parseBtf } from "../../runtime/btf/index.js";
import { readObject } from "../../runtime/elf/index.js";
import { CONTEXT_STRUCTS } from "../../runtime/facts/context-structs.js";
import { compileText } from "../harness/snippet.js";
import { compileC, missingClang } from "../support/clang.js";

/** A blob of words: type section, strings, and a layout section of (info_sz, elem_sz) by kind when there is one. */
function blob(
  types: readonly number[],
  strings: string,
  layout?: readonly (readonly [number, number])[],
  tail: readonly number[] = [],
): Uint8Array {
  const body = new Uint8Array([...new Uint8Array(Uint32Array.from(types).buffer), ...tail]);
  const text = new TextEncoder().encode(strings);
  const kinds = new Uint8Array((layout ?? []).flatMap(([info, each]) => [info, each, 0, 0]));
  const header = layout === undefined ? 24 : 32;
  const out = new Uint8Array(header + body.length + kinds.length + text.length);
  const view = new DataView(out.buffer);
  view.setUint16(0, 0xeb9f, true);
  out[2] = 1;
  view.setUint32(4, header, true);
  const fields = [0, body.length, body.length + kinds.length, text.length, body.length, kinds.length];
  for (const [i, value] of fields.slice(0, header / 4 - 2).entries()) view.setUint32(8 + i * 4, value, true);
  out.set(body, header);
  out.set(kinds, header + body.length);
  out.set(text, header + body.length + kinds.length);
  return out;
}

const INT = [1, 1 << 24, 4, 32];
const info = (kind: number, vlen: number): number => ((kind << 24) | vlen) >>> 0;
/** Layouts of kinds 0 to 19 as they are, then of two that nobody knows yet. */
const LAYOUT: readonly (readonly [number, number])[] = [
  [0, 0],
  [4, 0],
  [0, 0],
  [12, 0],
  [0, 12],
  [0, 12],
  [0, 8],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 8],
  [4, 0],
  [0, 12],
  [0, 0],
  [4, 0],
  [0, 0],
  [0, 12],
  [8, 4],
  [0, 16],
]; // prettier-ignore

describe("BTF of newer kernels", () => {
  test("kinds that are not known are skipped by the layout", () => {
    const unknown = [1, info(20, 3), 0, 7, 7, 1, 2, 3, 0, info(21, 2), 0, 1, 2, 3, 4, 5, 6, 7, 8];
    const btf = parseBtf(blob([...INT, ...unknown, 5, info(8, 0), 1], "\0int\0word\0", LAYOUT));
    expect(btf.types.map((t) => t.kind)).toEqual(["int", "void", "void", "typedef"]);
    expect(btf.find("word", "typedef")).toMatchObject({ type: 1 });
    // Without a layout nobody knows where they end.
    expect(() => parseBtf(blob([...INT, ...unknown], "\0int\0"))).toThrow(/BTF_KIND.*kind 20/);
  });

  test("the number of members has 24 bits, the kind 7", () => {
    const count = 70_000;
    const values = Array.from({ length: count }, (_, i) => [1, i]).flat();
    const btf = parseBtf(blob([0, info(6, count), 4, ...values], "\0a\0", LAYOUT));
    const type = btf.get(1);
    expect(type.kind === "enum" ? type.values.length : 0).toBe(count);
    expect(() => parseBtf(blob([0, info(33, 0), 0], "\0", LAYOUT))).toThrow(/kind 33/);
  });

  test("a layout outside the blob is refused", () => {
    const bytes = blob(INT, "\0int\0", LAYOUT);
    new DataView(bytes.buffer).setUint32(28, 1 << 20, true);
    expect(() => parseBtf(bytes)).toThrow(/BTF_TRUNCATED/);
  });

  test("empty string tables and what encoders leave are read", () => {
    expect(parseBtf(blob([0, 1 << 24, 4, 32], "")).types.length).toBe(1);
    expect(parseBtf(blob([], "")).types.length).toBe(0);
    expect(parseBtf(blob([0, 0, 0, ...INT], "\0int\0")).find("int", "int")?.id).toBe(2);
    expect(parseBtf(blob(INT, "\0int\0", undefined, [0, 0, 0, 0])).types.length).toBe(1);
  });
});

/** What btf_check_func_type_match compares of a program's argument: a struct of that name, not a declaration. */
describe("contexts of our objects", () => {
  test.each([
    ["xdp_md", "xdp", "XdpContext", "XdpAction"],
    ["__sk_buff", "tc", "SkBuff", "TcAction"],
  ])("%s is whole, as clang has it", (name, decorator, context, action) => {
    const text = `import { ${decorator}, ${context === "SkBuff" ? "type SkBuff" : "type XdpContext"}, ${action} } from "ebpftsc";
export class P { @${decorator}${decorator === "tc" ? '("ingress")' : ""} static run(ctx: ${context}): ${action} { return ctx.length > 3 ? ${action === "XdpAction" ? "XdpAction.Pass" : "TcAction.Ok"} : ${action === "XdpAction" ? "XdpAction.Drop" : "TcAction.Shot"}; } }`;
    const { object } = compileText(text);
    const btf = object && readObject(object).btf;
    const type = btf?.find(name, "struct");
    if (btf === undefined || type?.kind !== "struct") throw new Error(`no struct ${name}`);
    const func = btf.find("run", "func");
    const proto = func?.kind === "func" ? btf.get(func.type) : undefined;
    const argument = proto?.kind === "func_proto" ? btf.resolve(proto.params[0]?.type ?? 0) : undefined;
    expect(argument).toMatchObject({ kind: "ptr", type: type.id });
    expect(type.size).toBe(CONTEXT_STRUCTS[name]?.size);
    if (missingClang) return;
    const theirs = readObject(
      compileC(
        `SEC("${decorator}") int run(struct ${name} *ctx) { return ctx->${name === "xdp_md" ? "rx_queue_index" : "len"}; }`,
      ),
    ).btf;
    const other = theirs?.find(name, "struct");
    if (theirs === undefined || other?.kind !== "struct") throw new Error(`clang has no struct ${name}`);
    const ours = new Map(type.members.map((m) => [m.name, m.bitOffset]));
    // Headers of this machine may be older than our table: what they have is at the same places.
    for (const m of other.members) if (m.name !== "") expect([m.name, ours.get(m.name)]).toEqual([m.name, m.bitOffset]);
  });
});
