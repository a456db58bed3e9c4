/** Addresses of kernel variables, `extern ... __ksym` (check_pseudo_btf_id; kernel/bpf/verifier.c, 6.18). */
import type { Env } from "../env.js";
import type { KernelVariable } from "../program.js";
import { Reason, reject } from "../rejection.js";
import { Flag, Kind, pointerReg, type Reg, UNKNOWN_REG, ZERO_REG } from "../state/reg.js";

/** What the 64-bit load of the variable's address gives. */
export function kernelVariable(env: Env, variable: KernelVariable): Reg {
  // libbpf puts the address of an untyped one into the instruction, from /proc/kallsyms.
  if (variable.untyped) return UNKNOWN_REG;
  const btf = env.types.kernel;
  if (btf === undefined) reject(Reason.Unsupported, `the type of ${variable.name} needs the kernel's BTF (--btf FILE)`);
  const found = btf.find(variable.name, "var");
  if (found?.kind !== "var") {
    const func = btf.find(variable.name, "func");
    if (func !== undefined) return pointerReg(Kind.Mem, 0, Flag.ReadOnly);
    if (variable.weak) return ZERO_REG;
    reject(Reason.Unsupported, `the kernel has no variable ${variable.name}: libbpf will not load the object`);
  }
  const section = btf.find(".data..percpu", "datasec");
  const perCpu = section?.kind === "datasec" && section.vars.some((v) => v.type === found.id);
  const type = btf.resolve(found.type);
  if (perCpu) return pointerReg(Kind.Btf, type.id, Flag.PerCpu);
  if (type.kind === "struct" || type.kind === "union") return pointerReg(Kind.Btf, type.id);
  return pointerReg(Kind.Mem, btf.sizeOf(type.id), Flag.ReadOnly);
}
