/**
 * What a program imports from `ebpftsc`, the generated tracepoint contexts left out: they are a fifth of the library, so
 * the compiler reads index.ts only for programs that name one (compiler/source/program.ts).
 */
export { atomic } from "./atomic.js";
export {
  type ChecksumOptions,
  Cursor,
  Packet,
  RawTracepointContext,
  SkBuff,
  type Storable,
  type StoreOptions,
  TcAction,
  type Tracepoints,
  XdpAction,
  XdpContext,
} from "./contexts.js";
export {
  config,
  global,
  type Program,
  type ProgramDecorator,
  program,
  type TracepointContext,
  tc,
  tracepoint,
  xdp,
} from "./decorators.js";
export * from "./helpers.js";
export * from "./int.js";
export * from "./maps.js";
export {
  type Bytes,
  type CString,
  type char,
  copyOf,
  cstring,
  type DataLoc,
  type FixedArray,
  offset,
  type Ptr,
  type Ref,
  type RelLoc,
  type StructType,
  struct,
  type UserPtr,
  type Val,
} from "./memory.js";
export { ArpHdr, ArpOp } from "./net/arp.js";
export { EtherType, EthHdr, VlanHdr } from "./net/ether.js";
export { AddressFamily, FibLookup, FibResult } from "./net/fib.js";
export { IcmpHdr, IcmpType, Icmpv6Hdr, Icmpv6Type } from "./net/icmp.js";
export { IpProto, Ipv4Hdr, Ipv4Prefix, Ipv6ExtHdr, Ipv6FragHdr, Ipv6Hdr, Ipv6Prefix } from "./net/ip.js";
export { TcpFlag, TcpHdr, UdpHdr } from "./net/transport.js";
export { programsOf, type Registered, type RegisteredProgram, sourceOf } from "./registry.js";
