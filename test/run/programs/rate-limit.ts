// A token bucket per source, with a histogram of inter-arrival times: divisions, signed differences, log2 by a loop.
import {
  ArrayMap,
  type be32,
  config,
  EtherType,
  EthHdr,
  htons,
  Ipv4Hdr,
  LruHashMap,
  PerCpuArray,
  struct,
  u32,
  u64,
  XdpAction,
  type XdpContext,
  xdp,
} from "ebpftsc";

@struct
class Bucket {
  tokens!: u64;
  stamp!: u64;
  drops!: u32;
}

export class Limit {
  static readonly buckets = new LruHashMap<be32, Bucket>(4096);
  static readonly histogram = new ArrayMap<u64>(64);
  static readonly total = new PerCpuArray<u64>(1);
  @config static rate: u64 = 1000n;
  @config static burst: u64 = 10n;
  static clock: u64 = 1_000_000_000n;

  static log2(value: u64): u32 {
    let v = value;
    let bits = 0;
    for (let step = 32; step > 0; step = step >> 1) {
      if (v >> u64(step)) {
        v >>= u64(step);
        bits += step;
      }
    }
    return u32(bits);
  }

  static observe(delta: u64): void {
    const slot = Limit.histogram.lookup(Limit.log2(delta));
    if (slot) slot.value++;
  }

  @xdp static run(ctx: XdpContext): XdpAction {
    const all = Limit.total.lookup(0);
    if (all) all.value += 1n;
    const eth = ctx.packet.at(EthHdr, 0);
    if (!eth || eth.proto !== htons(EtherType.Ipv4)) return XdpAction.Pass;
    const ip = ctx.packet.at(Ipv4Hdr, 14);
    if (!ip) return XdpAction.Drop;
    Limit.clock += u64(ctx.length) * 1000n;
    const now = Limit.clock;
    const bucket = Limit.buckets.lookupOrInit(ip.saddr, { tokens: Limit.burst, stamp: now, drops: 0 });
    if (!bucket) return XdpAction.Aborted;
    const delta = now - bucket.stamp;
    Limit.observe(delta);
    const earned = (delta * Limit.rate) / 1_000_000_000n;
    if (earned > 0n) {
      bucket.tokens += earned;
      if (bucket.tokens > Limit.burst) bucket.tokens = Limit.burst;
      bucket.stamp = now;
    }
    if (bucket.tokens === 0n) {
      bucket.drops++;
      return XdpAction.Drop;
    }
    bucket.tokens--;
    return XdpAction.Pass;
  }
}
