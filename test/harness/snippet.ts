/** Wraps class members of a catalogue example into a module that the compiler takes. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Compiled, compileFile } from "../../compiler/pipeline.js";
import { ProgramHost } from "../../compiler/source/program.js";
import type { BpfCpu } from "../../native/llvm/index.js";

const PREAMBLE = `import * as bpf from "ebpftsc";
import { struct, xdp, tc, tracepoint, config, XdpContext, XdpAction, SkBuff, TcAction, HashMap, LruHashMap, PerCpuArray, ArrayMap, LpmTrie, RingBuf,
  u8, u16, u32, u64, i8, i16, i32, i64, be16, be32, be64, htons, ntohs, htonl, ntohl, range, atomic, bytesEqual, csumDiff, randomU32, ktimeGetNs,
  Ipv4Prefix, EthHdr, Ipv4Hdr, Ipv6Hdr, TcpHdr, UdpHdr, VlanHdr, EtherType, IpProto, sizeOf, offsetOf, copyOf } from "ebpftsc";
import type { Bytes, CString, FixedArray, Ref, UserPtr, Packet, Cursor } from "ebpftsc";
@struct class Pair { a!: u32; b!: u32 }
@struct class Triple { a!: u32; b!: u32; c!: u64 }
@struct class Big { data!: Bytes<600> }
class Box { n = 1 }
class Derived extends Pair { c!: u32 }
const alias = xdp;
`;

export interface Snippet {
  readonly text: string;
  readonly cpu: BpfCpu;
}

/** `//module` starts text outside the class; `//cpu vN` sets the instruction set. */
export function snippet(members: string): Snippet {
  const cpu = (/\/\/cpu (v[1-4])/.exec(members)?.[1] ?? "v3") as BpfCpu;
  const [inside = "", outside = ""] = members.split("//module");
  const used = (name: string): boolean => members.includes(name);
  let preamble = PREAMBLE;
  // Declarations that would themselves be reported are only there where the example is about them.
  if (!used("Box")) preamble = preamble.replace(/^class Box.*\n/m, "");
  if (!used("@alias")) preamble = preamble.replace(/^const alias.*\n/m, "");
  if (!used("Derived")) preamble = preamble.replace(/^class Derived.*\n/m, "");
  return { cpu, text: `${preamble}export class P {\n${inside}\n}\n${outside}\n` };
}

/** Compiles text as a module of its own. */
export function compileText(text: string, cpu: BpfCpu = "v3", host: ProgramHost = new ProgramHost()): Compiled {
  const dir = mkdtempSync(join(tmpdir(), "ebpftsc-test-"));
  try {
    const file = join(dir, "p.ts");
    writeFileSync(file, text);
    return compileFile(file, { cpu }, host);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
