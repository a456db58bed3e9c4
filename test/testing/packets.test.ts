/** Generated packets are what they say: lengths, checksums and fields, checked by an independent reading of the bytes. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { packets } from "../../runtime/testing/index.js";

/** One's complement sum over big-endian words: 0xffff for data with a right checksum inside. */
function sum(bytes: Uint8Array, seed = 0): number {
  let total = seed;
  for (let i = 0; i < bytes.length; i += 2) total += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}
const view = (b: Uint8Array): DataView => new DataView(b.buffer, b.byteOffset, b.byteLength);

describe("well-formed packets", () => {
  test("ipv4: header length, total length, header and transport checksums", () => {
    fc.assert(
      fc.property(packets.ipv4(), (p) => {
        const at = 14 + p.vlans.length * 4;
        const ip = p.bytes.subarray(at);
        const v = view(ip);
        const header = (v.getUint8(0) & 15) * 4;
        expect(view(p.bytes).getUint16(at - 2)).toBe(0x0800);
        expect([v.getUint8(0) >> 4, v.getUint16(2), header]).toEqual([4, ip.length, 20 + p.ip.options.length]);
        expect([v.getUint32(12), v.getUint32(16), v.getUint8(9)]).toEqual([
          p.ip.source,
          p.ip.destination,
          p.ip.protocol,
        ]);
        expect(sum(ip.subarray(0, header))).toBe(0xffff);
        const body = ip.subarray(header);
        const pseudo = sum(ip.subarray(12, 20), p.ip.protocol + body.length);
        if (p.tcp || p.udp) expect(sum(body, pseudo)).toBe(0xffff);
        if (p.icmp) expect(sum(body)).toBe(0xffff);
        if (p.tcp) expect([view(body).getUint16(2), body[13]]).toEqual([p.tcp.destination, p.tcp.flags]);
        if (p.udp) expect([view(body).getUint16(0), view(body).getUint16(4)]).toEqual([p.udp.source, body.length]);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test("ipv6: payload length, addresses and transport checksums", () => {
    fc.assert(
      fc.property(packets.ipv6(), (p) => {
        const ip = p.bytes.subarray(14 + p.vlans.length * 4);
        const v = view(ip);
        expect([v.getUint8(0) >> 4, v.getUint16(4), v.getUint8(6)]).toEqual([6, ip.length - 40, p.ip.protocol]);
        expect(ip.subarray(8, 24)).toEqual(p.ip.source);
        const body = ip.subarray(40);
        if (p.tcp || p.udp || p.icmp)
          expect(sum(body, sum(ip.subarray(8, 40), p.ip.protocol + body.length))).toBe(0xffff);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test("options choose protocol, tags and payload", () => {
    for (const p of fc.sample(packets.ipv4({ proto: "udp", vlans: 2, maxPayload: 3 }), { numRuns: 100, seed: 2 })) {
      expect(p.vlans.length).toBe(2);
      expect(p.payload.length).toBeLessThanOrEqual(3);
      expect(p.udp.source).toBeGreaterThanOrEqual(0);
    }
  });
});

test("any: every kind turns up, and every frame has an Ethernet header", () => {
  const found = new Map<string, number>();
  for (const p of fc.sample(packets.any(), { numRuns: 400, seed: 3 })) {
    expect(p.bytes.length).toBeGreaterThanOrEqual(14);
    found.set(p.kind, (found.get(p.kind) ?? 0) + 1);
  }
  for (const kind of ["ipv4", "ipv6", "nearly", "noise"]) expect(found.get(kind), kind).toBeGreaterThan(20);
});
