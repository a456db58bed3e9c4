/**
 * The replay file of a disagreement between the pre-check and a kernel: everything that a bug report needs, in one small
 * JSON file that `ebpftsc verify` takes back.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { gunzipSync, gzipSync } from "node:zlib";
import type { PrecheckResult } from "../precheck/index.js";
import { usageError } from "./exit.js";
import type { KernelVerdict } from "./kernel-verdicts.js";

const FORMAT = "ebpftsc-verify-replay-1";
/** An object beyond this is no object that we wrote. */
const MAX_OBJECT = 64 << 20;

/** Files that {@link readReplay} takes. */
export const isReplay = (file: string): boolean => file.endsWith(".verify.json");

/** Writes `PROGRAM.verify.json` into the working directory. @returns the file's name */
export function writeReplay(object: Uint8Array, ours: PrecheckResult, kernel: KernelVerdict): string {
  const name = `${ours.program.replace(/[^\w.-]/g, "_")}.verify.json`;
  const content = {
    format: FORMAT,
    program: ours.program,
    type: ours.type,
    kernel: { release: release(), ...kernel },
    predicted: { verdict: ours.verdict, code: ours.code, message: ours.message, insn: ours.insn },
    object: gzipSync(object).toString("base64"),
  };
  writeFileSync(name, `${JSON.stringify(content, undefined, 2)}\n`);
  return name;
}

export interface Replay {
  readonly program: string;
  readonly object: Uint8Array;
}

/** @throws usage error (exit code 2) for a file that is no replay */
export function readReplay(file: string): Replay {
  const text = readFileSync(file, "utf8");
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw usageError(`${file} is not JSON`);
  }
  const fields = typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
  const { format, program, object } = fields;
  if (format !== FORMAT || typeof program !== "string" || typeof object !== "string")
    throw usageError(`${file} is no replay file of ebpftsc verify`);
  try {
    return {
      program,
      object: new Uint8Array(gunzipSync(Buffer.from(object, "base64"), { maxOutputLength: MAX_OBJECT })),
    };
  } catch {
    throw usageError(`${file}: its object is damaged`);
  }
}
