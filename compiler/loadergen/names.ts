/** Names in generated text: quoting, reserved members, and top-level names that do not collide. */
import type { LoaderModel } from "./model.js";

const identifier = /^[A-Za-z_$][\w$]*$/;
/** Members that every loaded loader has (runtime/kernel/loader.ts), or that JavaScript objects have. */
const reserved: ReadonlySet<string> = new Set(["close", "bpfObject", "constructor", "__proto__"]);

/** A property name as it is written. */
export function propertyText(name: string): string {
  return identifier.test(name) ? name : JSON.stringify(name);
}

/** A member's name in the loader: the user's, with "_" where it is taken. */
export function memberName(name: string): string {
  return reserved.has(name) ? `${name}_` : name;
}

/** Top-level names of one module. The user's classes keep theirs; everything else gives way. */
export interface TopLevelNames {
  struct(name: string): string;
  /** The interface of a class's stage. */
  stage(className: string, stage: "Configuration" | "Open" | "Loaded"): string;
}

export function topLevelNames(model: LoaderModel): TopLevelNames {
  const taken = new Set(model.classes.map((c) => c.name));
  const claim = (name: string): string => {
    let free = name;
    while (taken.has(free)) free += "_";
    taken.add(free);
    return free;
  };
  const structs = new Map(model.structs.map((s) => [s.name, claim(s.name)]));
  const stages = new Map<string, string>();
  for (const { name } of model.classes) {
    for (const stage of ["Configuration", "Open", "Loaded"]) stages.set(name + stage, claim(name + stage));
  }
  return {
    struct: (name) => structs.get(name) ?? name,
    stage: (className, stage) => stages.get(className + stage) ?? className + stage,
  };
}
