/**
 * Handler contexts. Each is a nominal class, importable as a value; its fields are those of the kernel's context struct
 * (include/uapi/linux/bpf.h: struct xdp_md, struct __sk_buff), and which of them a program type may read or write is the
 * kernel's rule, not this file's.
 */
import type { be16, be32, u8, u16, u32, u64 } from "./int.js";
import type { FixedArray, StructType } from "./memory.js";
import type { FibLookup } from "./net/fib.js";
import { kernelOnly } from "./registry.js";

declare const CTX: unique symbol;

/** Verdict of an XDP program (enum xdp_action). */
export enum XdpAction {
  Aborted = 0,
  Drop = 1,
  Pass = 2,
  Tx = 3,
  Redirect = 4,
}

/** Verdict of a traffic-control program (TC_ACT_*; tcx reads -1 as "next", 0 pass, 2 drop, 7 redirect). */
export enum TcAction {
  Unspec = -1,
  Ok = 0,
  Reclassify = 1,
  Shot = 2,
  Pipe = 3,
  Stolen = 4,
  Queued = 5,
  Repeat = 6,
  Redirect = 7,
  Trap = 8,
}

/** Reads headers one after another. The position is an offset; every read checks its own bounds. */
export class Cursor {
  private constructor() {}
  /** Bytes from the start of the packet. */
  readonly offset!: u32;
  /** The header at the position, which then moves behind it; undefined (and no move) when the packet ends before. */
  next<T>(_type: StructType<T>): T | undefined {
    return kernelOnly("next");
  }
  /** The header at the position, which stays. */
  peek<T>(_type: StructType<T>): T | undefined {
    return kernelOnly("peek");
  }
  /** Moves by `bytes` (0 to 32767 are useful); the next read checks whether the packet goes that far. */
  skip(_bytes: number): void {
    kernelOnly("skip");
  }
}

/** The packet's linear bytes. */
export class Packet {
  private constructor() {}
  /** Linear bytes there are (data_end - data). */
  readonly length!: u32;
  /**
   * The header `type` at `offset` bytes, in place, or undefined when the packet ends before its last byte: the bounds
   * check that the verifier wants *is* the type. Offsets above 32767 are undefined.
   */
  at<T>(_type: StructType<T>, _offset: number): T | undefined {
    return kernelOnly("at");
  }
  /** A cursor at `offset` bytes (0 if absent). */
  cursor(_offset?: number): Cursor {
    return kernelOnly("cursor");
  }
}

/** Context of `@xdp`. */
export class XdpContext {
  private constructor() {}
  declare private readonly [CTX]: "xdp";
  readonly packet!: Packet;
  /** Linear bytes of the packet (data_end - data). */
  readonly length!: u32;
  readonly ingressIfindex!: u32;
  readonly rxQueueIndex!: u32;
  /** Only in devmap programs. */
  readonly egressIfindex!: u32;
  /** Grows (negative) or shrinks the front of the packet: 0 or a negative errno. Headers read before are gone. */
  adjustHead(_delta: number): number {
    return kernelOnly("adjustHead");
  }
  /** Grows or shrinks the end of the packet. */
  adjustTail(_delta: number): number {
    return kernelOnly("adjustTail");
  }
  /** Moves the start of the metadata area. */
  adjustMeta(_delta: number): number {
    return kernelOnly("adjustMeta");
  }
  /** Sends the packet out of another device: returns the verdict. */
  redirect(_ifindex: u32, _flags?: u64): XdpAction {
    return kernelOnly("redirect");
  }
  /** Looks a destination up in the kernel's routing table; see {@link FibLookup}. */
  fibLookup(_params: FibLookup, _flags?: u32): number {
    return kernelOnly("fibLookup");
  }
  /** Copies bytes of the packet (fragments too) into `into`: 0 or a negative errno. */
  loadBytes(_offset: u32, _into: object): number {
    return kernelOnly("loadBytes");
  }
  /** Copies `from` into the packet: a struct, an array, an integer of fixed width, or a list of bytes. */
  storeBytes(_offset: u32, _from: Storable): number {
    return kernelOnly("storeBytes");
  }
  /** Bytes of the whole packet, fragments included. */
  bufferLength(): u64 {
    return kernelOnly("bufferLength");
  }
}

/** What `storeBytes` takes: memory, an integer of fixed width, or bytes in place. */
export type Storable = object | u8 | u16 | u32 | u64 | readonly u8[];

/** Options of `SkBuff.storeBytes` (BPF_F_RECOMPUTE_CSUM, BPF_F_INVALIDATE_HASH). */
export interface StoreOptions {
  /** Keep the packet's checksum right (CHECKSUM_COMPLETE). */
  readonly recomputeChecksum?: boolean;
  /** Drop the packet's hash. */
  readonly invalidateHash?: boolean;
}

/** Options of `SkBuff.l4CsumReplace` (BPF_F_PSEUDO_HDR, BPF_F_MARK_MANGLED_0). */
export interface ChecksumOptions {
  /** The field is part of the pseudo header: an address, the protocol, the length. */
  readonly pseudoHeader?: boolean;
  /** A checksum that becomes 0 is written as 0xffff, as UDP wants it. */
  readonly mangledZero?: boolean;
}

/** Context of socket-buffer programs (`@tc`). */
export class SkBuff {
  private constructor() {}
  declare private readonly [CTX]: "skb";
  readonly packet!: Packet;
  /** Bytes of the packet, non-linear ones too. */
  readonly length!: u32;
  readonly packetType!: u32;
  mark!: u32;
  queueMapping!: u32;
  readonly protocol!: be16;
  readonly vlanPresent!: u32;
  readonly vlanTci!: u32;
  readonly vlanProto!: be16;
  priority!: u32;
  readonly ingressIfindex!: u32;
  readonly ifindex!: u32;
  tcIndex!: u32;
  readonly cb!: FixedArray<u32, 5>;
  readonly hash!: u32;
  tcClassid!: u32;
  readonly napiId!: u32;
  tstamp!: u64;
  readonly wireLength!: u32;
  readonly gsoSegs!: u32;
  readonly gsoSize!: u32;
  /** Copies bytes from `offset` of the packet: 0 or a negative errno. */
  loadBytes(_offset: u32, _into: object): number {
    return kernelOnly("loadBytes");
  }
  /**
   * Writes bytes at `offset`: a struct, an array, an integer of fixed width, or a list of bytes. Headers read before are
   * gone. 0, or a negative errno.
   * @example `skb.storeBytes(30, htonl(0x0a000001), { recomputeChecksum: true })`
   */
  storeBytes(_offset: u32, _from: Storable, _options?: StoreOptions | u64): number {
    return kernelOnly("storeBytes");
  }
  /**
   * Updates an IPv4-style checksum at `offset` for a field that changed `from` → `to`: 0, or a negative errno.
   * @example `skb.l3CsumReplace(24, ip.saddr, htonl(0x0a000001))`
   */
  l3CsumReplace<T extends be16 | be32>(_offset: u32, _from: T, _to: T): number;
  /** The same with raw values; flags: the field's size in bytes (2, 4), or 0 with a difference in `to`. */
  l3CsumReplace(_offset: u32, _from: u64, _to: u64, _flags: u64): number;
  l3CsumReplace(_offset: u32, _from: unknown, _to: unknown, _flags?: u64): number {
    return kernelOnly("l3CsumReplace");
  }
  /**
   * Updates a TCP or UDP checksum at `offset` for a field that changed `from` → `to`: 0, or a negative errno.
   * @example `skb.l4CsumReplace(50, ip.saddr, next, { pseudoHeader: true })`
   */
  l4CsumReplace<T extends be16 | be32>(_offset: u32, _from: T, _to: T, _options?: ChecksumOptions): number;
  /** The same with raw values; flags: size (0, 2, 4), 0x10 pseudo header, 0x20 mangled zero. */
  l4CsumReplace(_offset: u32, _from: u64, _to: u64, _flags: u64): number;
  l4CsumReplace(_offset: u32, _from: unknown, _to: unknown, _options?: ChecksumOptions | u64): number {
    return kernelOnly("l4CsumReplace");
  }
  /** Adds `csum` to the packet's checksum. */
  csumUpdate(_csum: u32): i64Like {
    return kernelOnly("csumUpdate");
  }
  vlanPush(_proto: be16, _tci: u16): number {
    return kernelOnly("vlanPush");
  }
  vlanPop(): number {
    return kernelOnly("vlanPop");
  }
  /** Makes the first `bytes` linear, so that {@link Packet.at} reaches them. */
  pullData(_bytes: u32): number {
    return kernelOnly("pullData");
  }
  changeHead(_headRoom: u32): number {
    return kernelOnly("changeHead");
  }
  changeTail(_length: u32): number {
    return kernelOnly("changeTail");
  }
  changeProto(_proto: be16): number {
    return kernelOnly("changeProto");
  }
  changeType(_type: u32): number {
    return kernelOnly("changeType");
  }
  adjustRoom(_delta: number, _mode: u32, _flags?: u64): number {
    return kernelOnly("adjustRoom");
  }
  /** The packet's hash, computed when it is not known yet. */
  hashRecalc(): u32 {
    return kernelOnly("hashRecalc");
  }
  /** Sends the packet to another device after this program; flags 1: its ingress. */
  redirect(_ifindex: u32, _flags?: u64): TcAction {
    return kernelOnly("redirect");
  }
  redirectPeer(_ifindex: u32): TcAction {
    return kernelOnly("redirectPeer");
  }
  cloneRedirect(_ifindex: u32, _flags?: u64): number {
    return kernelOnly("cloneRedirect");
  }
  fibLookup(_params: FibLookup, _flags?: u32): number {
    return kernelOnly("fibLookup");
  }
}

type i64Like = number;

/** Context of a tracepoint whose format is not in the registry. Generate it with `ebpftsc types`. */
export class RawTracepointContext {
  private constructor() {}
  declare private readonly [CTX]: "rawtp";
  readonly commonType!: u16;
  readonly commonFlags!: u8;
}

/** Tracepoint name → context class. Filled by the modules in `stdlib/tracepoints` and by generated ones. */
// biome-ignore lint/suspicious/noEmptyInterface: a registry that other modules augment.
export interface Tracepoints {}
