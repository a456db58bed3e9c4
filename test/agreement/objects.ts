/** Objects of a folder that has a truth.json: the kernel's verdict per object and program. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { subjectsOf } from "../../compiler/precheck/object.js";
import type { Labelled } from "./labelled.js";

interface Truth {
  readonly object: string;
  readonly program: string;
  readonly verdict: string;
  readonly last: string | null;
}

/** Programs of the folder's objects that truth.json knows; objects that were not built are told on stderr. */
export function* labelledObjects(folder: string): Generator<Labelled> {
  const truth = JSON.parse(readFileSync(join(folder, "truth.json"), "utf8")) as readonly Truth[];
  const built = new Set(readdirSync(folder).filter((name) => name.endsWith(".o")));
  const absent = [...new Set(truth.map((t) => t.object))].filter((name) => !built.has(name));
  if (absent.length > 0) console.error(`not built, skipped: ${absent.join(", ")}`);
  for (const name of built) {
    const known = new Map(truth.filter((t) => t.object === name).map((t) => [t.program, t]));
    for (const { program, subject } of subjectsOf(new Uint8Array(readFileSync(join(folder, name)))).programs) {
      const label = known.get(program.name);
      if (label === undefined) continue;
      yield { name: `${name}:${program.name}`, subject: () => subject, accept: label.verdict === "accept", last: label.last ?? "", kernelMs: 0 };
    }
  }
}
