/** Parameters of `fibLookup`. Source: include/uapi/linux/bpf.h, struct bpf_fib_lookup (64 bytes). */
import type { be16, be32, u8, u16, u32 } from "../int.js";
import { type Bytes, offset, struct } from "../memory.js";

/** Address families for {@link FibLookup.family}. */
export enum AddressFamily {
  Inet = 2,
  Inet6 = 10,
}

/** Results of `fibLookup` (BPF_FIB_LKUP_RET_*). */
export enum FibResult {
  Success = 0,
  Blackhole = 1,
  Unreachable = 2,
  Prohibit = 3,
  NotForwarded = 4,
  ForwardingDisabled = 5,
  UnsupportedLwt = 6,
  NoNeighbour = 7,
  FragmentationNeeded = 8,
  NoSourceAddress = 9,
}

/** In: what to look up. Out (on success): device, source and destination MAC addresses. */
@struct
export class FibLookup {
  family!: u8;
  l4Protocol!: u8;
  sport!: be16;
  dport!: be16;
  /** In: packet length for the MTU check; out: the MTU of the route. */
  totalLength!: u16;
  /** In: the ingress device; out: the device to send to. */
  ifindex!: u32;
  /** In: type of service (IPv4) or flow information (IPv6); out: the route's metric. */
  tosOrFlow!: u32;
  /** IPv4 source; the first four bytes of {@link ipv6Source}. */
  ipv4Source!: be32;
  @offset(16) ipv6Source!: Bytes<16>;
  @offset(32) ipv4Dest!: be32;
  @offset(32) ipv6Dest!: Bytes<16>;
  @offset(48) vlanProto!: be16;
  vlanTci!: be16;
  sourceMac!: Bytes<6>;
  destMac!: Bytes<6>;
}
