// Socket-buffer programs: context fields, packet access, byte helpers, checksums, VLAN tags.
import { ArrayMap, type be16, type be32, type Bytes, EthHdr, EtherType, htonl, htons, Ipv4Hdr, ntohl, ntohs, type SkBuff, struct, TcAction, tc, u16, u32, u64, UdpHdr } from "ebpftsc";

@struct class Ports { source!: be16; dest!: be16 }
// bytes: 010203040506 0708090a0b0c 0800 4500002e00004000401100000a0000010a000002 04d2 0035 001a 0000 000102030405060708090a0b0c0d0e0f1011

const IP = 14;
const UDP = 34;
/** Size of the field in the low bits, BPF_F_PSEUDO_HDR above. */
const TWO_BYTES = 2n;

export class P {
  static readonly out = new ArrayMap<u64>(64);
  static put(i: u32, v: u64): void {
    const r = P.out.lookup(i);
    if (r) r.value = v;
  }

  @tc("ingress") static run(skb: SkBuff): TcAction {
    P.put(0, u64(skb.length)); //= 60n
    P.put(1, u64(skb.protocol === htons(EtherType.Ipv4))); //= 1n
    P.put(2, u64(skb.mark)); //= 0n
    skb.mark = 77;
    skb.priority = u32(skb.mark + 1);
    skb.cb[2] = 5;
    skb.cb[3] += 6;
    P.put(3, u64(skb.mark)); //= 77n
    P.put(4, u64(skb.priority)); //= 78n
    P.put(5, u64(skb.cb[2] + skb.cb[3])); //= 11n
    const ip = skb.packet.at(Ipv4Hdr, IP);
    if (!ip) return TcAction.Unspec;
    P.put(6, u64(ntohl(ip.daddr))); //= 0x0a000002n
    const ports: Ports = { source: htons(0), dest: htons(0) };
    P.put(7, u64(skb.loadBytes(UDP, ports))); //= 0n
    P.put(8, u64(ntohs(ports.source)) * 100000n + u64(ntohs(ports.dest))); //= 123400053n
    P.put(9, u64(skb.loadBytes(5000, ports))); //= -14n
    ports.dest = htons(5353);
    P.put(10, u64(skb.storeBytes(UDP, ports))); //= 0n
    P.put(11, u64(skb.l4CsumReplace(UDP + 6, u64(53), u64(5353), TWO_BYTES))); //= 0n
    const udp = skb.packet.at(UdpHdr, UDP);
    if (!udp) return TcAction.Shot;
    P.put(12, u64(ntohs(udp.dest))); //= 5353n
    P.put(13, u64(skb.l3CsumReplace(IP + 10, u64(1), u64(2), TWO_BYTES))); //= 0n
    P.put(14, u64(skb.vlanPush(htons(EtherType.Vlan), 100))); //= 0n
    P.put(15, u64(skb.vlanPop())); //= 0n
    P.put(16, u64(skb.pullData(40))); //= 0n
    const eth = skb.packet.at(EthHdr, 0);
    if (!eth) return TcAction.Shot;
    P.put(17, u64(eth.dest[5])); //= 6n
    P.put(18, u64(skb.changeTail(50))); //= 0n
    P.put(19, u64(skb.length)); //= 50n
    P.put(20, u64(skb.packet.length)); //= 50n
    const mac: Bytes<6> = [9, 9, 9, 9, 9, 9];
    const again = skb.packet.at(EthHdr, 0);
    if (!again) return TcAction.Shot;
    again.source = mac;
    return TcAction.Ok;
  }
}
