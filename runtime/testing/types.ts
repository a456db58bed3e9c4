/** Types that turn a class of BPF programs into what a test sees: programs as functions, maps with plain values. */
import type {
  Bytes,
  be16,
  be32,
  be64,
  CString,
  DataLoc,
  FixedArray,
  LruPerCpuHashMap,
  PerCpuArray,
  PerCpuHashMap,
  Ptr,
  Ref,
  RelLoc,
  UserPtr,
} from "../../stdlib/index.js";
import type { MapHandle, RunInput, RunResult } from "../vm/index.js";

/** A value of the language as plain JavaScript: be types are their logical number, structs plain objects. */
export type Plain<T> = [T] extends [be16 | be32]
  ? number
  : [T] extends [be64]
    ? bigint
    : [T] extends [UserPtr<unknown> | Ptr<unknown>]
      ? bigint
      : [T] extends [DataLoc<unknown> | RelLoc<unknown>]
        ? string | Uint8Array
        : [T] extends [CString<number>]
          ? string
          : [T] extends [Bytes<number>]
            ? Uint8Array
            : [T] extends [FixedArray<infer E, number>]
              ? Plain<E>[]
              : [T] extends [bigint]
                ? bigint
                : [T] extends [number]
                  ? number
                  : [T] extends [boolean]
                    ? boolean
                    : { [K in keyof T as T[K] extends (...args: never[]) => unknown ? never : K]: Plain<T[K]> };

type Value<R> = NonNullable<R> extends Ref<infer S> ? Plain<S> : Plain<NonNullable<R>>;

/** The handle of a declared map; per-CPU maps give an array, one value a CPU. */
export type HandleOf<M> =
  M extends PerCpuArray<infer V>
    ? MapHandle<number, Plain<V>[]>
    : M extends PerCpuHashMap<infer K, infer V>
      ? MapHandle<Plain<K>, Plain<V>[]>
      : M extends LruPerCpuHashMap<infer K, infer V>
        ? MapHandle<Plain<K>, Plain<V>[]>
        : PlainHandle<M>;

type PlainHandle<M> = M extends { lookup(key: infer K): infer R } ? MapHandle<Plain<K>, Value<R>> : MapHandle;

/** A handler as a test calls it: with a frame, or with all that a run takes. */
export type ProgramFunction = (input?: Uint8Array | RunInput) => RunResult;

type ProgramNames<C> = {
  [K in keyof C]: K extends "prototype" ? never : C[K] extends (ctx: never, ...rest: never[]) => unknown ? K : never;
}[keyof C];
type MapNames<C> = { [K in keyof C]: C[K] extends { readonly options: object } ? K : never }[keyof C];

/** Programs of a class by name. */
export type ProgramsOf<C> = { readonly [K in ProgramNames<C>]: ProgramFunction };
/** Maps of a class by name. */
export type MapsOf<C> = { readonly [K in MapNames<C>]: HandleOf<C[K]> };
