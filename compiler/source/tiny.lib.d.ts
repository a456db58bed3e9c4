// The globals that programs have: what the type checker needs to exist, and what the compiler lowers. Nothing else of JavaScript is there.
type Object = {};
type Function = {};
interface CallableFunction extends Function {}
interface NewableFunction extends Function {}
type IArguments = {};
type RegExp = {};
interface String {
  readonly length: number;
}
type Number = {};
type BigInt = {};
type Boolean = {};
type Symbol = {};
interface SymbolConstructor {
  readonly iterator: unique symbol;
}
declare var Symbol: SymbolConstructor;
interface Array<T> {
  readonly length: number;
  [n: number]: T;
  [Symbol.iterator](): ArrayIterator<T>;
}
interface ReadonlyArray<T> { readonly length: number; readonly [n: number]: T; [Symbol.iterator](): ArrayIterator<T> }
interface TemplateStringsArray extends ReadonlyArray<string> {
  readonly raw: readonly string[];
}
interface IteratorYieldResult<T> {
  done?: false;
  value: T;
}
interface IteratorReturnResult<T> {
  done: true;
  value: T;
}
type IteratorResult<T, R = any> = IteratorYieldResult<T> | IteratorReturnResult<R>;
interface Iterator<T, TReturn = any, TNext = any> {
  next(...a: [] | [TNext]): IteratorResult<T, TReturn>;
}
interface Iterable<T, TReturn = any, TNext = any> {
  [Symbol.iterator](): Iterator<T, TReturn, TNext>;
}
interface IterableIterator<T, TReturn = any, TNext = any> extends Iterator<T, TReturn, TNext> {
  [Symbol.iterator](): IterableIterator<T, TReturn, TNext>;
}
interface IteratorObject<T, TReturn = unknown, TNext = unknown> extends Iterator<T, TReturn, TNext> {
  [Symbol.iterator](): IteratorObject<T, TReturn, TNext>;
}
interface ArrayIterator<T> extends IteratorObject<T, undefined, unknown> {
  [Symbol.iterator](): ArrayIterator<T>;
}
type Partial<T> = { [P in keyof T]?: T[P] };
type Readonly<T> = { readonly [P in keyof T]: T[P] };
type Pick<T, K extends keyof T> = { [P in K]: T[P] };
type Record<K extends keyof any, T> = { [P in K]: T };
type Exclude<T, U> = T extends U ? never : T;
type Extract<T, U> = T extends U ? T : never;
type Omit<T, K extends keyof any> = Pick<T, Exclude<keyof T, K>>;
type NonNullable<T> = T & {};
interface TypedPropertyDescriptor<T> {
  enumerable?: boolean;
  configurable?: boolean;
  writable?: boolean;
  value?: T;
  get?: () => T;
  set?: (value: T) => void;
}
interface ClassDecoratorContext<C extends abstract new (...args: any) => any = abstract new (...args: any) => any> {
  readonly kind: "class";
  readonly name: string | undefined;
  addInitializer(i: (this: C) => void): void;
}
interface ClassMethodDecoratorContext<
  This = unknown,
  Value extends (this: This, ...args: any) => any = (this: This, ...args: any) => any,
> {
  readonly kind: "method";
  readonly name: string | symbol;
  readonly static: boolean;
  readonly private: boolean;
  addInitializer(i: (this: This) => void): void;
}
interface ClassFieldDecoratorContext<This = unknown, Value = unknown> {
  readonly kind: "field";
  readonly name: string | symbol;
  readonly static: boolean;
  readonly private: boolean;
  addInitializer(i: (this: This) => void): void;
}
interface Console {
  log(...a: unknown[]): void;
}
declare var console: Console;
interface Math {
  min(...v: number[]): number;
  max(...v: number[]): number;
  trunc(x: number): number;
  floor(x: number): number;
  abs(x: number): number;
}
declare var Math: Math;
declare var BigInt: BigIntConstructor;
declare function Number(v?: any): number;
interface BigIntConstructor {
  (v: number | bigint | boolean | string): bigint;
  asUintN(bits: number, v: bigint): bigint;
  asIntN(bits: number, v: bigint): bigint;
}
interface PropertyDescriptor { enumerable?: boolean; configurable?: boolean; writable?: boolean; value?: any; get?(): any; set?(v: any): void }
