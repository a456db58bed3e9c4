/** The running kernel's verdict on every program of an object, each loaded alone and closed at once. */
import { ProgramTypeId } from "../../runtime/facts/program-types/ids.js";
import type { GivenTypes } from "../precheck/index.js";

export interface KernelVerdict {
  /** "unknown" where it was not the verifier that refused: policy, permissions, maps, memory, missing kernel symbols. */
  readonly verdict: "accept" | "reject" | "unknown";
  /** The last line of the verifier's log, or why there is no verdict: "not judged: policy, EPERM". */
  readonly message?: string;
}

export interface KernelQuestion {
  /** The most memory that the object's maps may take together; default 64 MiB. */
  readonly maxMapBytes?: number;
  /** Types given by hand. */
  readonly types?: GivenTypes;
}

/**
 * @throws LibbpfMissingError, AddonMissingError when the machine cannot load objects at all
 */
export async function kernelVerdicts(
  object: Uint8Array,
  { maxMapBytes = 64 << 20, types = () => undefined }: KernelQuestion = {},
): Promise<Map<string, KernelVerdict>> {
  const { OpenObject } = await import("../../runtime/kernel/object/open-object.js");
  const { VerifierRejectedError } = await import("../../runtime/kernel/verifier-log.js");
  const { BpfError, SyscallError } = await import("../../runtime/kernel/errors.js");
  using listing = new OpenObject(object);
  const names = listing.programs.map((p) => p.name);
  const opened = (): InstanceType<typeof OpenObject> => {
    const open = new OpenObject(object);
    for (const { name, section } of open.programs) {
      const given = types(section);
      if (given !== undefined) open.setProgramType(name, ProgramTypeId[given.type], given.attach);
    }
    return open;
  };
  const verdicts = new Map<string, KernelVerdict>();
  // Together first: programs that fill a prog array cannot be loaded without one another.
  try {
    using open = opened();
    for (const name of names) open.setAutoload(name, true);
    using _loaded = open.load(maxMapBytes);
    return new Map(names.map((name) => [name, { verdict: "accept" }]));
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
  }
  const verdictOn = (name: string): KernelVerdict => {
    using open = opened();
    for (const other of names) open.setAutoload(other, other === name);
    try {
      using _loaded = open.load(maxMapBytes);
      return { verdict: "accept" };
    } catch (error) {
      if (!(error instanceof BpfError)) throw error;
      if (error instanceof VerifierRejectedError) return { verdict: "reject", message: error.report.reason };
      const word = error instanceof SyscallError ? error.notJudged : undefined;
      return { verdict: "unknown", message: word ?? `not judged: ${error.message}` };
    }
  };
  for (const name of names) verdicts.set(name, verdictOn(name));
  return verdicts;
}
