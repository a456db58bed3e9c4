/** `ebpftsc run --engine kernel`: BPF_PROG_TEST_RUN of the loaded object. */

import { type BpfObject, type BpfProgram, type MapDef, readObject } from "../../runtime/elf/index.js";
import { ProgramTypeId } from "../../runtime/facts/program-types/ids.js";
import type { OpenObject } from "../../runtime/kernel/object/open-object.js";
import { usageError } from "./exit.js";
import { toHex } from "./hex.js";
import { ARRAYS, type RunRequest } from "./run-machine.js";
import type { Report } from "./run-output.js";

/** A context struct from fields by name, in the kernel's layout. */
export async function contextBytes(shape: string, ctx: RunRequest["ctx"]): Promise<Uint8Array | undefined> {
  if (ctx === undefined || ctx instanceof Uint8Array) return ctx;
  const { SKB_BYTES, SKB_FIELDS, XDP_BYTES, XDP_FIELDS } = await import("../../runtime/vm/context/fields.js");
  const known: Readonly<Record<string, readonly [typeof XDP_FIELDS, number]>> = {
    xdp: [XDP_FIELDS, XDP_BYTES],
    skb: [SKB_FIELDS, SKB_BYTES],
  };
  const layout = known[shape];
  if (layout === undefined || Array.isArray(ctx))
    throw usageError('--ctx: give the bytes ({"hex": "…"}) for this program type on the kernel');
  const [fields, size] = layout;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (const [name, value] of Object.entries(ctx)) {
    const field = fields.find((f) => f.name === name && f.pointer === undefined);
    if (field === undefined || (typeof value !== "number" && typeof value !== "bigint"))
      throw usageError(`--ctx: no number field ${name} in this context`);
    if (field.size === 8) view.setBigUint64(field.offset, BigInt.asUintN(64, BigInt(value)), true);
    else view.setUint32(field.offset, Number(BigInt.asUintN(32, BigInt(value))), true);
  }
  return bytes;
}

const isEntries = (map: object): map is Iterable<[unknown, unknown]> => Symbol.iterator in map;

/**
 * Leaves everything but the program and what it jumps to out of the load, gives it the type that our table knows for its
 * section (libbpf has no "classifier/NAME"), and keeps maps from being pinned: a run leaves nothing behind.
 */
function prepareAlone(open: OpenObject, { programs, maps }: BpfObject, program: BpfProgram): void {
  const wanted = withTargets(program, programs, maps);
  for (const one of open.programs) {
    const ours = programs.find((p) => p.name === one.name);
    open.setAutoload(one.name, ours !== undefined && wanted.has(ours));
    if (ours?.meaning !== undefined && wanted.has(ours) && one.type === 0)
      open.setProgramType(one.name, ProgramTypeId[ours.meaning.type], ours.meaning.attach);
  }
  for (const { name, pinByName } of maps) if (pinByName) open.setPinPath(name, undefined);
}

/** A program and those that its prog arrays hold from the beginning. */
function withTargets(program: BpfProgram, programs: readonly BpfProgram[], maps: readonly MapDef[]): Set<BpfProgram> {
  const wanted = new Set([program]);
  for (const one of wanted)
    for (const reference of one.references) {
      const initial = reference.kind === "ksym" ? [] : (maps[reference.map]?.initial ?? []);
      for (const { target } of initial) {
        const found = programs.find((p) => p.name === target.name);
        if (target.kind === "program" && found !== undefined) wanted.add(found);
      }
    }
  return wanted;
}

export async function runInKernel(request: RunRequest): Promise<Report> {
  if (request.trace || request.coverage) throw usageError("--trace and --coverage work with --engine interp");
  const object = readObject(request.object);
  const { programs } = object;
  const names = programs.map((p) => p.name);
  const program = programs.find(
    (p) => p.name === request.program || (request.program === undefined && programs.length === 1),
  );
  if (program === undefined) throw usageError(`--program: name one of ${names.join(", ")}`);
  const { OpenObject } = await import("../../runtime/kernel/object/open-object.js");
  const { testRun } = await import("../../runtime/kernel/test-run.js");
  const { contextKind } = await import("../../runtime/vm/context/kinds.js");
  const kind = contextKind(program.meaning?.type);
  const takesPacket = kind.shape === "xdp" || kind.shape === "skb";
  const context = await contextBytes(kind.shape, request.ctx);
  const open = new OpenObject(request.object);
  prepareAlone(open, object, program);
  using loaded = open.load();
  const fd = loaded.programFd(program.name);
  const outcomes = request.packets.map((packet) => {
    const data = packet ?? (takesPacket ? new Uint8Array(64) : undefined);
    const run = testRun(fd, { ...(data === undefined ? {} : { data }), ...(context === undefined ? {} : { context }) });
    const action = kind.actions[run.retval] ?? kind.actions[run.retval | 0];
    return {
      result: run.retval.toString(),
      ...(action === undefined ? {} : { action }),
      ...(data === undefined ? {} : { packet: toHex(run.data) }),
      output: [],
      insns: null,
    };
  });
  const maps: Record<string, [unknown, unknown][]> = {};
  for (const { name } of loaded.maps) {
    // Global data is no map of the program: its maps have a dot in their names.
    if (name.includes(".")) continue;
    const map = loaded.map(name);
    maps[name] = isEntries(map) ? [...map] : [];
  }
  const arrays = loaded.maps.filter(({ type }) => ARRAYS.has(type)).map(({ name }) => name);
  return { program: program.name, engine: "kernel", outcomes, maps, arrays, capture: request.capture };
}
