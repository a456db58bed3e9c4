/**
 * Program decorators. A decorator's type fixes the handler's signature, so a wrong context or return type is a `tsc`
 * error at the decorator. They work under TC39 decorators and under `experimentalDecorators`, and under Node record the
 * class and its file for `machine()`.
 */
import type { RawTracepointContext, SkBuff, TcAction, Tracepoints, XdpAction, XdpContext } from "./contexts.js";
import type { i8, i16, i32, i64, u8, u16, u32, u64 } from "./int.js";
import { callSite, registerProgram } from "./registry.js";

// biome-ignore lint/suspicious/noExplicitAny: the bound of "any function" that TypeScript's own Parameters<> uses.
type AnyFn = (...args: any) => any;

/** A decorator for a static method of shape `F`, in both call shapes. */
export interface ProgramDecorator<F extends AnyFn> {
  (handler: F, context: ClassMethodDecoratorContext<never, F> & { static: true; private: false }): void;
  <T extends F>(
    target: abstract new (...a: never[]) => unknown,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<T>,
  ): void;
}

interface MethodContext {
  readonly name: string | symbol;
  addInitializer(initializer: (this: object) => void): void;
}

/** Both call shapes end in one registration: TC39 has no class yet, so it registers when the class is initialised. */
function decorator(kind: string, args: readonly unknown[]): (...call: unknown[]) => void {
  const file = callSite();
  return (target, second) => {
    if (typeof second === "object" && second !== null) {
      const context = second as MethodContext;
      context.addInitializer(function () {
        registerProgram(this, { name: String(context.name), kind, args }, file ?? callSite());
      });
    } else registerProgram(target as object, { name: String(second), kind, args }, file ?? callSite());
  };
}

const bare =
  (kind: string) =>
  (...call: unknown[]): void =>
    decorator(kind, [])(...call);

type XdpDecorator = ProgramDecorator<(ctx: XdpContext) => XdpAction> & {
  /** "frags": the program handles multi-buffer packets. */
  (mode: "frags"): ProgramDecorator<(ctx: XdpContext) => XdpAction>;
};

/**
 * An XDP program (`BPF_PROG_TYPE_XDP`), ELF section `xdp` or, with "frags", `xdp.frags`.
 * @example `@xdp static filter(ctx: XdpContext): XdpAction { return XdpAction.Pass; }`
 */
export const xdp = ((...call: unknown[]) =>
  call[0] === "frags" ? decorator("xdp", call) : bare("xdp")(...call)) as XdpDecorator;

/** A traffic-control classifier (`BPF_PROG_TYPE_SCHED_CLS`), attached with tcx where the kernel has it. */
export function tc(direction: "ingress" | "egress"): ProgramDecorator<(skb: SkBuff) => TcAction> {
  return decorator("tc", [direction]) as ProgramDecorator<(skb: SkBuff) => TcAction>;
}

/** The context of a tracepoint: from the registry, or untyped when its format was not generated. */
export type TracepointContext<C extends string, N extends string> = `${C}/${N}` extends infer K extends
  keyof Tracepoints
  ? Tracepoints[K]
  : RawTracepointContext;

/**
 * A tracepoint program (`BPF_PROG_TYPE_TRACEPOINT`), ELF section `tracepoint/<category>/<name>`.
 * @example `@tracepoint("syscalls", "sys_enter_mkdirat") static made(ctx: SysEnterMkdirat): void {}`
 */
export function tracepoint<C extends string, N extends string>(
  category: C,
  name: N,
): ProgramDecorator<(ctx: TracepointContext<C, N>) => void> {
  return decorator("tracepoint", [category, name]) as ProgramDecorator<(ctx: TracepointContext<C, N>) => void>;
}

/**
 * Marks a static method as a global function: verified once on its own, for every argument its types allow, instead of
 * at each call (Linux 5.6; references as arguments need 6.8). Its arguments are integers, the context, or structs.
 */
export const global: {
  (method: AnyFn, context: ClassMethodDecoratorContext): void;
  (target: object, key: string | symbol, descriptor: PropertyDescriptor): void;
} = () => {};

type ConfigValue = u8 | u16 | u32 | i8 | i16 | i32 | u64 | i64 | boolean;

/** A field decorator for values that are set before load. */
export interface ConfigDecorator {
  <V extends ConfigValue>(value: undefined, context: ClassFieldDecoratorContext<never, V> & { static: true }): void;
  <K extends string, T extends { [P in K]: ConfigValue }>(
    target: T & (abstract new (...a: never[]) => unknown),
    key: K,
  ): void;
}

/**
 * A static field in `.rodata`: set before load, constant to the verifier, which removes the branches it decides.
 * @example `@config static blockedPort: u16 = 0;`
 */
export const config: ConfigDecorator = () => {};

declare const PROGRAM: unique symbol;

/** A program made by `program.*`. */
export interface Program<F extends AnyFn> {
  readonly [PROGRAM]: F;
}

function made<F extends AnyFn>(kind: string, args: readonly unknown[]): Program<F> {
  const value = {};
  registerProgram(value, { name: "", kind, args }, callSite());
  return value as Program<F>;
}

type TracepointHandler<C extends string, N extends string> = (ctx: TracepointContext<C, N>) => void;

/**
 * Programs without decorators: the context's type is inferred, and the module runs wherever decorators do not.
 * @example `export const filter = program.xdp((ctx) => (ctx.length > 100 ? XdpAction.Drop : XdpAction.Pass));`
 */
export const program = {
  xdp(_handler: (ctx: XdpContext) => XdpAction): Program<(ctx: XdpContext) => XdpAction> {
    return made("xdp", []);
  },
  tc(direction: "ingress" | "egress", _handler: (skb: SkBuff) => TcAction): Program<(skb: SkBuff) => TcAction> {
    return made("tc", [direction]);
  },
  tracepoint<C extends string, N extends string>(
    category: C,
    name: N,
    _handler: TracepointHandler<C, N>,
  ): Program<TracepointHandler<C, N>> {
    return made("tracepoint", [category, name]);
  },
};
