/** What helpers take and give: the kinds of arguments and results (enum bpf_arg_type and enum bpf_return_type, include/linux/bpf.h, by what they mean). */

/** What a helper takes in one argument register. */
export type HelperArg =
  | "ctx"
  | "map"
  /** Pointer to key_size bytes of the map argument. */
  | "key"
  /** Pointer to value_size bytes of the map argument, read. */
  | "value"
  | "valueOrNull"
  /** Pointer to value_size bytes of the map argument, written. */
  | "valueOut"
  /** Pointer to memory that is read; its size is the next `size` argument. */
  | "mem"
  | "memOrNull"
  /** Pointer to memory that is written; its size is the nearest `size` argument. */
  | "memOut"
  | "memOutOrNull"
  /** Byte count, 1 or more. */
  | "size"
  /** Byte count that may be 0. */
  | "size0"
  | "scalar"
  | "func"
  | "callbackCtx"
  | "out64"
  | "out32"
  | "constStr"
  | "ringRecord"
  | "spinLock"
  | "timer"
  | "dynptr"
  | "kernelPtr";

/** What r0 holds afterwards. */
export type HelperResult =
  | "void"
  | "scalar"
  | "mapValue"
  | "mapValueOrNull"
  | "memOrNull"
  | "sockOrNull"
  | "kernelPtrOrNull";
