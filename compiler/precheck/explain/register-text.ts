/** Registers in the words of the kernel's log (print_reg_state; kernel/bpf/log.c, 6.18), and numbers read back from them. */
import type { Scalar } from "../domain/scalar.js";
import type { MapFacts } from "../program.js";
import { Kind, type Reg, regTypeName } from "../state/reg.js";

const S64_MIN = -(1n << 63n);
const S64_MAX = (1n << 63n) - 1n;
const U64_MAX = (1n << 64n) - 1n;

function scalarFields(s: Scalar): string[] {
  const fields: string[] = [];
  if (s.smin !== S64_MIN) fields.push(`smin=${s.smin}`);
  if (s.smax !== S64_MAX) fields.push(`smax=${s.smax}`);
  if (s.umin !== 0n) fields.push(`umin=${s.umin}`);
  if (s.umax !== U64_MAX) fields.push(`umax=${s.umax}`);
  if (s.bits.m !== U64_MAX) fields.push(`var_off=(0x${s.bits.v.toString(16)}; 0x${s.bits.m.toString(16)})`);
  return fields;
}

/**
 * @param map facts by the number that the register holds
 * @example registerText(reg, map) // "map_value(map=stats,ks=4,vs=16)"
 */
export function registerText(reg: Reg, map: (index: number) => MapFacts | undefined): string {
  if (reg.kind === Kind.Scalar) {
    if (reg.s.isConst) return `${reg.s.smin}`;
    return `scalar(${[...(reg.id === 0 ? [] : [`id=${reg.id}`]), ...scalarFields(reg.s)].join(",")})`;
  }
  if (reg.kind === Kind.Stack && reg.s.isConst) return `fp${Number(reg.s.smin) + reg.off}`;
  const fields: string[] = [];
  if (reg.id !== 0) fields.push(`id=${reg.id}`);
  if (reg.ref !== 0) fields.push(`ref_obj_id=${reg.ref}`);
  if (reg.off !== 0) fields.push(`off=${reg.off}`);
  if (reg.isPacket) fields.push(`r=${Math.max(reg.extra, 0)}`);
  if (reg.kind === Kind.MapPtr || reg.kind === Kind.MapValue || reg.kind === Kind.MapKey) {
    const facts = map(reg.extra);
    if (facts !== undefined) fields.push(`map=${facts.name}`, `ks=${facts.keySize}`, `vs=${facts.valueSize}`);
  }
  if (reg.kind === Kind.Mem || reg.kind === Kind.Buf) fields.push(`sz=${reg.extra}`);
  if (!reg.s.isConst) fields.push(...scalarFields(reg.s));
  else if (reg.s.smin !== 0n) fields.push(`imm=${reg.s.smin}`);
  return `${regTypeName(reg)}(${fields.join(",")})`;
}

/** What a register's text says. */
export interface RegisterView {
  /** "scalar", "map_value_or_null", "pkt", "fp"… */
  readonly type: string;
  /** Numbers by name: smin, umax, off, r, vs… Aliases as in "smax=umax=255" are spread. */
  readonly numbers: ReadonlyMap<string, bigint>;
  readonly map: string | undefined;
}

/** @example readRegister("scalar(smin=0,smax=umax=255)").numbers.get("umax") // 255n */
export function readRegister(text: string): RegisterView {
  const numbers = new Map<string, bigint>();
  const constant = /^P?(-?\d+|-?0x[0-9a-f]+)$/.exec(text)?.[1] ?? /^(?:inv|scalar)P?(-?\d+)$/.exec(text)?.[1];
  if (constant !== undefined) {
    const value = BigInt.asIntN(64, constant.startsWith("-") ? -BigInt(constant.slice(1)) : BigInt(constant));
    for (const name of ["smin", "smax"]) numbers.set(name, value);
    for (const name of ["umin", "umax"]) numbers.set(name, BigInt.asUintN(64, value));
    return { type: "scalar", numbers, map: undefined };
  }
  const stack = /^fp(-?\d+)$/.exec(text);
  if (stack) return { type: "fp", numbers: numbers.set("off", BigInt(stack[1] ?? 0)), map: undefined };
  const found = /^(\w*?)P?(?:\((.*)\))?$/.exec(text);
  const type = (found?.[1] ?? text).replace(/^inv$/, "scalar");
  const body = (found?.[2] ?? "").replace(/\([^)]*\)/g, "");
  const names: string[] = [];
  for (const part of body.split(/[=,]/)) {
    if (/^-?(0x[0-9a-f]+|\d+)$/.test(part)) {
      const value = part.startsWith("-") ? -BigInt(part.slice(1)) : BigInt(part);
      for (const name of names.splice(0)) numbers.set(name.replace(/_value$/, ""), value);
    } else if (/^\w+$/.test(part)) {
      if (names.length > 0 && /^(map|map_name)$/.test(names[names.length - 1] ?? "")) names.length = 0;
      names.push(part);
    } else names.length = 0;
  }
  return { type, numbers, map: /\bmap(?:_name)?=([\w.]+)/.exec(body)?.[1] };
}

/** The values that a number may have, as words. @example "0 to 255" */
export function rangeText(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const { type, numbers } = readRegister(text);
  if (type !== "scalar" && numbers.size === 0) return undefined;
  const smin = numbers.get("smin") ?? S64_MIN;
  const smax = numbers.get("smax") ?? S64_MAX;
  const umin = numbers.get("umin") ?? 0n;
  const umax = numbers.get("umax") ?? U64_MAX;
  if (smin === smax) return `${smin}`;
  if (smin >= 0n || numbers.has("umax"))
    return `${umin > smin && smin >= 0n ? umin : smin >= 0n ? smin : umin} to ${umax}`;
  if (numbers.has("smin") || numbers.has("smax")) return `${smin} to ${smax}`;
  return "any 64-bit number";
}
