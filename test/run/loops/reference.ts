/** What a generated parser loop does, as JavaScript: its own text, with a packet that is an array. */

export interface Seen {
  readonly verdict: number;
  /** The first three values of the map `out`. */
  readonly out: readonly bigint[];
}

type Header = Readonly<Record<string, number>>;
/** Fields by name: offset and bytes. */
type Layout = Readonly<Record<string, readonly [number, number]>>;

const LAYOUTS = {
  U8: { value: [0, 1] },
  U16: { value: [0, 2] },
  Pair: { kind: [0, 1], length: [1, 1] },
  Quad: { a: [0, 1], b: [1, 1], c: [2, 2] },
} as const satisfies Record<string, Layout>;

const sizeOf = (layout: Layout): number => Math.max(...Object.values(layout).map(([at, bytes]) => at + bytes));

/** Offsets above this are refused by `at` and `next`. */
const MAX_OFFSET = 0x7fff;

class Packet {
  constructor(private readonly bytes: Uint8Array) {}
  at(layout: Layout, offset: number): Header | undefined {
    if (offset < 0 || offset > MAX_OFFSET || offset + sizeOf(layout) > this.bytes.length) return undefined;
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + offset);
    return Object.fromEntries(
      Object.entries(layout).map(([name, [at, n]]) => [name, n === 1 ? view.getUint8(at) : view.getUint16(at)]),
    );
  }
  cursor(offset = 0): Cursor {
    return new Cursor(this, offset);
  }
}

class Cursor {
  constructor(
    private readonly packet: Packet,
    public offset: number,
  ) {}
  next(layout: Layout): Header | undefined {
    const header = this.packet.at(layout, this.offset);
    if (header) this.offset += sizeOf(layout);
    return header;
  }
  skip(bytes: number): void {
    this.offset += bytes;
  }
}

/** The struct that a body fills. */
class Found {
  times = 0;
  where = 0;
}

function* range(from: number, to?: number, max?: number): Generator<number> {
  const [start, end] = to === undefined ? [0, from] : [from, to];
  for (let i = start, n = 0; i < end && (max === undefined || n < max); i++, n++) yield i;
}

/** Makes the function of a body once; each call is a run on one packet with maps of zeros. */
export function reference(body: string): (packet: Uint8Array) => Seen {
  const run = new Function(
    "ctx",
    "P",
    "XdpAction",
    "u32",
    "ntohs",
    "htons",
    "range",
    "U8",
    "U16",
    "Pair",
    "Quad",
    "Found",
    body,
  );
  return (bytes) => {
    const out = [0n, 0n, 0n, 0n].map((value) => ({ value }));
    const hits = Array.from({ length: 64 }, () => ({ value: 0n }));
    const program = {
      out: { lookup: (i: number) => out[i] },
      hits: { lookup: (i: number) => hits[i] },
      option(c: Cursor, least: number): number {
        const length = c.next(LAYOUTS.U8)?.["value"];
        if (length === undefined || length < least) return -1;
        c.skip(length - least);
        return length;
      },
    };
    const actions = { Aborted: 0, Drop: 1, Pass: 2, Tx: 3 };
    const same = (n: number): number => n;
    const u32 = (n: number): number => Number(BigInt.asUintN(32, BigInt(n)));
    const { U8, U16, Pair, Quad } = LAYOUTS;
    const verdict = run(
      { packet: new Packet(bytes) },
      program,
      actions,
      u32,
      same,
      same,
      range,
      U8,
      U16,
      Pair,
      Quad,
      Found,
    );
    return { verdict, out: out.slice(0, 3).map((slot) => slot.value) };
  };
}
