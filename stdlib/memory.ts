/**
 * Memory as programs see it: structs are references with C layout, scalars in maps are `Ref`s, buffers have a length
 * in their type. Nothing here has a run-time meaning but the decorators, which only record.
 */
import type { be16, be32, be64, u8, u32 } from "./int.js";
import { kernelOnly } from "./registry.js";

/** A reference to a scalar in memory: `ref.value += 1n` writes through. */
export interface Ref<T> {
  value: T;
}

/** What a look-up gives for value type `V`: the struct itself (a reference), or a {@link Ref} to a scalar. */
export type Val<V> = [V] extends [number | bigint | boolean | be16 | be32 | be64] ? Ref<V> : V;

/** `N` elements of `T`, laid out as in C. An index out of range reads zero and writes nothing. */
export interface FixedArray<T, N extends number> {
  [index: number]: T;
  /** There is at least one element; naming it lets an array literal be checked as a tuple of the right length. */
  0: T;
  readonly length: N;
  [Symbol.iterator](): IterableIterator<T>;
}

/** `N` raw bytes. */
export interface Bytes<N extends number> extends FixedArray<u8, N> {}

declare const CHARS: unique symbol;
/** A NUL-terminated string in `N` bytes (terminator included). */
export interface CString<N extends number> {
  readonly [CHARS]: N;
  readonly length: N;
}

/** A string literal as a C string: cut to no length, so it must fit with its terminator. */
export function cstring<N extends number>(_text: string): CString<N> {
  return kernelOnly("cstring");
}

/**
 * A copy of a struct or an array on the stack, which keeps its value when the original is assigned.
 * @example `const before = copyOf(eth.source); eth.source = eth.dest; before[0] = 2;`
 */
export function copyOf<T extends object>(value: T): T {
  return Array.isArray(value)
    ? (value.slice() as T & unknown[])
    : Object.assign(Object.create(Object.getPrototypeOf(value)), value);
}

/** One character of a C string, the target of `UserPtr<char>`. */
export type char = u8;

declare const POINTEE: unique symbol;
/** An address in the current process's user memory (8 bytes). Read it with `readUser` / `readUserStr`. */
export interface UserPtr<T> {
  readonly [POINTEE]: readonly ["user", T];
}
/** An address in kernel memory (8 bytes). Read it with `readKernel` / `readKernelStr`. */
export interface Ptr<T> {
  readonly [POINTEE]: readonly ["kernel", T];
}

declare const DYNAMIC: unique symbol;
/**
 * A field of a tracepoint whose bytes follow the record (`__data_loc` in its format: 4 bytes, the offset from the record's
 * start and the length; Documentation/trace/events.rst). Read text with `readStr`, anything else with `readKernel`.
 */
export interface DataLoc<T> {
  readonly [DYNAMIC]: readonly ["record", T];
  /** Bytes that the event holds, at most 65535; of text, the NUL included. */
  readonly length: u32;
}
/** As {@link DataLoc}, located from the end of the field itself (`__rel_loc`: user events and synthetic ones). */
export interface RelLoc<T> {
  readonly [DYNAMIC]: readonly ["field", T];
  readonly length: u32;
}

/** Anything with a layout that can be named as a value: a `@struct` class. */
export type StructType<T> = abstract new () => T;

/**
 * Marks a class as a C struct: fields in order, natural alignment, padding zeroed by the compiler. Optional for classes
 * used only as types.
 * @example `@struct export class FlowStats { packets!: u64; bytes!: u64 }`
 */
export const struct: (target: abstract new () => object, context?: ClassDecoratorContext) => void = () => {};

/** Field decorator of {@link offset}: legacy or TC39 call shape. */
export interface FieldDecorator {
  (value: undefined, context: ClassFieldDecoratorContext): void;
  (target: object, key: string | symbol): void;
}

/** Places a struct field at a byte offset, for layouts that the kernel dictates (tracepoint formats). */
export function offset(_bytes: number): FieldDecorator {
  return () => {};
}
