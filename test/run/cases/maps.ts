// Every map type of the language, with the results that the kernel gives.
import {
  ArrayMap,
  type be32,
  HashMap,
  htonl,
  type Ipv4Prefix,
  LpmTrie,
  LruHashMap,
  LruPerCpuHashMap,
  PerCpuArray,
  PerCpuHashMap,
  RingBuf,
  struct,
  UpdateFlag,
  type u16,
  type u32,
  u64,
  XdpAction,
  type XdpContext,
  xdp,
} from "ebpftsc";

@struct
export class In {
  a!: u32;
  b!: u32;
  ip!: be32;
  port!: u16;
}
// packet: { a: 3, b: 8, ip: 0x0a010203, port: 80 }

@struct
class Event {
  id!: u32;
  port!: u16;
  ip!: be32;
  stamp!: u64;
}

export class P {
  static readonly out = new ArrayMap<u64>(64);
  static readonly hash = new HashMap<u32, u32>(2);
  static readonly lru = new LruHashMap<u64, u64>(16);
  static readonly cpuHash = new PerCpuHashMap<u32, u64>(4);
  static readonly lruCpu = new LruPerCpuHashMap<u32, u64>(4);
  static readonly array = new ArrayMap<Event>(4);
  static readonly cpuArray = new PerCpuArray<u64>(4);
  static readonly routes = new LpmTrie<Ipv4Prefix, u32>(8);
  static readonly ring = new RingBuf<Event>(4096);
  static put(i: u32, v: u64): void {
    const r = P.out.lookup(i);
    if (r) r.value = v;
  }

  @xdp static run(ctx: XdpContext): XdpAction {
    const p = ctx.packet.at(In, 0);
    if (!p) return XdpAction.Aborted;
    const { a, b, ip, port } = p;
    P.put(0, u64(P.hash.update(a, 10))); //= 0n
    P.put(1, u64(P.hash.update(a, 11, UpdateFlag.NoExist))); //= -17n
    P.put(2, u64(P.hash.update(b, 12, UpdateFlag.Exist))); //= -2n
    P.put(3, u64(P.hash.update(b, 12))); //= 0n
    P.put(4, u64(P.hash.update(99, 13))); //= -7n
    P.put(5, u64(P.hash.lookup(a)?.value ?? 0)); //= 10n
    P.put(6, u64(P.hash.delete(a))); //= 0n
    P.put(7, u64(P.hash.delete(a))); //= -2n
    P.lru.update(u64(a), 5n);
    const l = P.lru.lookup(3n);
    if (l) l.value *= 3n;
    P.put(8, P.lru.lookup(u64(a))?.value ?? 0n); //= 15n
    P.cpuHash.update(a, 4n);
    P.put(9, P.cpuHash.lookup(a)?.value ?? 0n); //= 4n
    P.lruCpu.update(a, 6n);
    P.put(10, P.lruCpu.lookup(a)?.value ?? 0n); //= 6n
    P.put(11, u64(P.array.update(9, { id: 1, port, ip, stamp: 0n }))); //= -7n
    P.array.update(2, { id: b, port, ip, stamp: 4n });
    P.put(12, u64(P.array.lookup(2)?.id ?? 0)); //= 8n
    P.put(13, P.array.lookup(4) ? 1n : 0n); //= 0n
    const c = P.cpuArray.lookup(1);
    if (c) c.value += 21n;
    P.put(14, P.cpuArray.lookup(1)?.value ?? 0n); //= 21n
    P.routes.update({ prefixLength: 8, address: htonl(0x0a000000) }, 1);
    P.routes.update({ prefixLength: 24, address: htonl(0x0a010200) }, 2);
    P.put(15, u64(P.routes.lookup({ prefixLength: 32, address: ip })?.value ?? 0)); //= 2n
    P.put(16, u64(P.routes.lookup({ prefixLength: 32, address: htonl(0x0a050505) })?.value ?? 0)); //= 1n
    P.put(17, P.routes.lookup({ prefixLength: 32, address: htonl(0x0b000000) }) ? 1n : 0n); //= 0n
    const e = P.ring.reserve();
    if (e) {
      e.id = a;
      e.port = port;
      e.ip = ip;
      P.ring.submit(e);
    }
    const dropped = P.ring.reserve();
    if (dropped) P.ring.discard(dropped);
    P.put(18, u64(P.ring.output({ id: b, port: 1, ip, stamp: 2n }))); //= 0n
    P.put(19, P.ring.available() > 0n ? 1n : 0n); //= 1n
    P.put(20, P.lru.lookupOrInit(50n, 60n)?.value ?? 0n); //= 60n
    P.put(21, P.lru.lookupOrInit(50n, 61n)?.value ?? 0n); //= 60n
    return XdpAction.Pass;
  }
}
