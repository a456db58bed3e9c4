/** A frame in a few words, for people: { source, what } with VLAN tags, addresses, protocol and destination port. */

const PROTOCOLS = { 1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6" };
const EXTENSIONS = new Set([0, 43, 44, 60]);
const FRAGMENT = 44;

const ipv4 = (bytes) => [...bytes].join(".");
/** RFC 5952: the longest run of zero groups becomes `::`. */
export function ipv6(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const text = Array.from({ length: 8 }, (_, i) => view.getUint16(i * 2).toString(16)).join(":");
  const longest = [...text.matchAll(/\b0(:0)+\b/g)].sort((a, b) => b[0].length - a[0].length)[0];
  if (!longest) return text;
  const [before, after] = [text.slice(0, longest.index), text.slice(longest.index + longest[0].length)];
  return `${before.replace(/:$/, "")}::${after.replace(/^:/, "")}`;
}

export function describe(frame) {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  let at = 12;
  const tags = [];
  while (at + 4 <= frame.length && [0x8100, 0x88a8].includes(view.getUint16(at))) {
    tags.push(`VLAN ${view.getUint16(at + 2) & 0x0fff}`);
    at += 4;
  }
  const type = view.getUint16(at);
  at += 2;
  const tagged = (text) => [...tags, text].join(", ");
  if (type === 0x0806) return { source: ipv4(frame.subarray(at + 14, at + 18)), what: tagged("ARP") };
  if (type === 0x0800) {
    const fragment = view.getUint16(at + 6) & 0x1fff;
    const next = at + (frame[at] & 15) * 4;
    return {
      source: ipv4(frame.subarray(at + 12, at + 16)),
      what: tagged(upper(view, frame[at + 9], next, fragment > 0)),
    };
  }
  if (type === 0x86dd) {
    let next = frame[at + 6];
    let offset = at + 40;
    let later = false;
    while (EXTENSIONS.has(next)) {
      if (next === FRAGMENT) later ||= (view.getUint16(offset + 2) & 0xfff8) !== 0;
      const length = next === FRAGMENT ? 8 : (frame[offset + 1] + 1) * 8;
      next = frame[offset];
      offset += length;
    }
    return { source: ipv6(frame.subarray(at + 8, at + 24)), what: tagged(upper(view, next, offset, later)) };
  }
  return { source: "-", what: tagged(`EtherType 0x${type.toString(16)}`) };
}

function upper(view, protocol, at, laterFragment) {
  const name = PROTOCOLS[protocol] ?? `protocol ${protocol}`;
  if (laterFragment) return `${name}, later fragment`;
  return protocol === 6 || protocol === 17 ? `${name} to ${portName(view.getUint16(at + 2))}` : name;
}

/** Answers go to a port that the system picked: one name for all of them keeps the table short. */
const portName = (port) => (port >= 32_768 ? "a client" : `port ${port}`);
