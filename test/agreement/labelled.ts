/** Labelled programs: the format of verifier-random.jsonl.gz (maps first) and of kernel-verdicts.jsonl.gz (maps per row). */
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { subjectsOf } from "../../compiler/precheck/object.js";
import type { MapFacts, Subject } from "../../compiler/precheck/program.js";
import { ObjectFormatError } from "../../runtime/elf/index.js";
import { decode, EncodingError, Op } from "../../runtime/isa/index.js";
import { KERNEL, KERNEL_FACTS } from "./kernel-btf.js";

/** A program with its label. */
export interface Labelled {
  readonly name: string;
  /** Made on demand: bytecode that does not decode throws EncodingError. */
  readonly subject: () => Subject;
  /** Set where the pre-check does not try. */
  readonly missing?: string | undefined;
  readonly accept: boolean;
  readonly last: string;
  /** Of the label; 0 where it has none. */
  readonly kernelMs: number;
  /** Instructions that the kernel walked, where the label says. */
  readonly processed?: number | undefined;
}

/** What became of a program without a verdict: it cannot be loaded, or the kernel refuses it without its verifier's words. */
export type NotJudged = "dropped" | "policy";
export type OnSkip = (name: string, why: string, as: NotJudged) => void;

/** A label's own words tell which. */
export const notJudgedAs = (why: string): NotJudged =>
  /^not judged: (?!the loader's fault)/.test(why) ? "policy" : "dropped";

interface RawMap {
  readonly fd?: number;
  readonly name: string;
  readonly type: number;
  readonly key: number;
  readonly value: number;
  readonly max: number;
  readonly flags: number;
  readonly rodata?: string;
  readonly data?: string;
  readonly frozen?: boolean | string;
}
interface Row {
  readonly id?: number;
  readonly object?: string;
  readonly program?: string;
  readonly type_id?: number;
  readonly attach?: number;
  readonly prog_type_id?: number;
  readonly attach_type_id?: number;
  readonly insns: string | number;
  readonly verdict: string;
  readonly last?: string;
  readonly verify_us?: number;
  readonly processed?: number;
  readonly bytecode?: { readonly insns: string; readonly maps: readonly RawMap[]; readonly license: string };
}

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));

function mapFacts(map: RawMap): MapFacts {
  const content = map.rodata ?? map.data ?? (typeof map.frozen === "string" ? map.frozen : undefined);
  return {
    name: map.name,
    type: map.type,
    keySize: map.key,
    valueSize: map.value,
    maxEntries: map.max,
    flags: map.flags,
    frozen: content !== undefined && (map.flags & 128) !== 0 ? hex(content) : undefined,
  };
}

/** What the object itself tells: functions of its BTF, locks in its maps, names of kernel functions. */
function ofObject(row: Row, folder: string): Subject | undefined {
  const file = join(folder, (row.object ?? "").replace(/^objects\//, ""));
  if (row.object === undefined || !existsSync(file)) return undefined;
  try {
    return subjectsOf(new Uint8Array(readFileSync(file)), KERNEL_FACTS).programs.find(
      (p) => p.program.name === row.program,
    )?.subject;
  } catch (error) {
    if (error instanceof ObjectFormatError || error instanceof EncodingError) return undefined;
    throw error;
  }
}

function subject(row: Row, shared: readonly MapFacts[], folder: string): Subject {
  const own = ofObject(row, folder);
  const { bytecode } = row;
  const insns = decode(hex(bytecode?.insns ?? String(row.insns)));
  const maps = bytecode === undefined ? shared : bytecode.maps.map(mapFacts);
  // The kernel's bytecode names maps by file descriptor; where the list has none of it, by place.
  const place = new Map(bytecode?.maps.map((m, i) => [m.fd, i]));
  return {
    type: row.type_id ?? row.prog_type_id ?? 0,
    attachType: row.attach ?? row.attach_type_id ?? 0,
    insns: insns.map((insn) =>
      insn.opcode === Op.LdImm64 && (insn.src === 1 || insn.src === 2)
        ? { ...insn, imm: place.get(insn.imm) ?? insn.imm }
        : insn,
    ),
    maps,
    gpl: bytecode === undefined || /GPL/.test(bytecode.license),
    sleepable: false,
    functions: own?.functions ?? [],
    functionsUnknown: own === undefined,
    ...(own?.kfuncs === undefined ? {} : { kfuncs: own.kfuncs }),
    ...(own?.variables === undefined ? {} : { variables: own.variables }),
    target: own?.target,
    btf: own?.btf,
    kernel: KERNEL,
  };
}

const walked = (last: string | undefined): number | undefined => {
  const found = /processed (\d+) insns/.exec(last ?? "")?.[1];
  return found === undefined ? undefined : Number(found);
};

/** Rows of a file, one at a time. */
export async function* labelled(path: string, skip: OnSkip): AsyncGenerator<Labelled> {
  const file = createReadStream(path);
  const lines = createInterface({ input: path.endsWith(".gz") ? file.pipe(createGunzip()) : file });
  let shared: readonly MapFacts[] = [];
  let count = 0;
  for await (const line of lines) {
    const row = JSON.parse(line) as Row & { readonly maps?: readonly RawMap[] };
    if (row.maps !== undefined) {
      shared = row.maps.map(mapFacts);
      continue;
    }
    count++;
    const name = row.object === undefined ? String(row.id ?? count) : `${row.object}:${row.program ?? ""}`;
    if (row.verdict !== "accept" && row.verdict !== "reject") {
      skip(name, `the label says ${row.verdict}`, row.verdict === "env-eperm" ? "policy" : "dropped");
      continue;
    }
    if (row.bytecode === undefined && typeof row.insns === "number") {
      skip(name, "the label has no bytecode", "dropped");
      continue;
    }
    yield {
      name,
      subject: () => subject(row, shared, dirname(path)),
      accept: row.verdict === "accept",
      last: row.last ?? "",
      kernelMs: (row.verify_us ?? 0) / 1000,
      processed: row.processed ?? walked(row.last),
    };
  }
}
