/** Loads programs from bare instructions: for differential tests and to ask the kernel's verifier about any bytecode. */
import { Attr, cString } from "./attr.js";
import { BpfCmd, OBJ_NAME_LEN } from "./uapi.js";
import { type KernelWord, kernelWord } from "./verdict.js";

/** BPF instructions are 8 bytes each (RFC 9669, section 3). */
const INSN_BYTES = 8;
const ENOSPC = 28;
const MAX_LOG_BYTES = 1 << 24;
/** BPF_LOG_LEVEL: the bits that ask for paths. BPF_LOG_STATS: reason and statistics alone. */
const PATHS = 3;
const STATISTICS = 4;

/** Input of {@link loadProgramRaw}. */
export interface RawProgram {
  /** enum bpf_prog_type */
  readonly type: number;
  readonly expectedAttachType?: number;
  /** Instructions as they lie in an object, map descriptors already in place. */
  readonly insns: Uint8Array;
  readonly license?: string;
  /** 0 none, 1 the path that failed, 2 every path, 4 statistics; or-ed. Default 1. */
  readonly logLevel?: number;
  readonly name?: string;
  readonly flags?: number;
  readonly attachBtfId?: number;
  /** File descriptors that BPF_PSEUDO_MAP_IDX refers to. */
  readonly fds?: readonly number[];
  readonly btf?: {
    readonly fd: number;
    readonly funcInfo?: Uint8Array;
    readonly lineInfo?: Uint8Array;
  };
}

/** Outcome of {@link loadProgramRaw}. */
export interface RawLoad {
  readonly ok: boolean;
  /** The program, to be closed by the caller; -1 when not ok. */
  readonly fd: number;
  /** Positive errno; 0 when ok. */
  readonly errno: number;
  /** The verifier's log, whole up to 16 MB; of a longer one its end, or the reason alone. */
  readonly log: string;
  /** Accepted, refused by the verifier, or refused without its words; without a log no refusal is a verdict. */
  readonly word: KernelWord;
}

function attempt(program: RawProgram, logLevel: number, log: Uint8Array | undefined): number {
  const { btf } = program;
  // Record sizes of struct bpf_func_info and struct bpf_line_info.
  const funcCount = (btf?.funcInfo?.length ?? 0) / 8;
  const lineCount = (btf?.lineInfo?.length ?? 0) / 16;
  const fds = program.fds && new Uint8Array(Int32Array.from(program.fds).buffer);
  return new Attr(144)
    .u32(0, program.type)
    .u32(4, program.insns.length / INSN_BYTES)
    .pointer(8, program.insns)
    .pointer(16, cString(program.license ?? "GPL"))
    .u32(24, log ? logLevel : 0)
    .u32(28, log?.length ?? 0)
    .pointer(32, log)
    .u32(44, program.flags ?? 0)
    .name(48, program.name ?? "", OBJ_NAME_LEN)
    .u32(68, program.expectedAttachType ?? 0)
    .u32(72, btf?.fd ?? 0)
    .u32(76, funcCount > 0 ? 8 : 0)
    .pointer(80, btf?.funcInfo)
    .u32(88, funcCount)
    .u32(92, lineCount > 0 ? 16 : 0)
    .pointer(96, btf?.lineInfo)
    .u32(104, lineCount)
    .u32(108, program.attachBtfId ?? 0)
    .pointer(120, fds)
    .call(BpfCmd.ProgLoad);
}

/**
 * Asks the kernel to verify and load a program. A refusal is a result, not an exception.
 * @example const { ok, log } = loadProgramRaw({ type: ProgramTypeId.xdp, insns });
 */
export function loadProgramRaw(program: RawProgram): RawLoad {
  const level = program.logLevel ?? 1;
  const first = load(program, level);
  // The whole log does not fit: the result is asked again without the paths. Since Linux 6.4 the log's end was kept.
  if (first.errno !== ENOSPC || (level & PATHS) === 0) return first;
  const again = load(program, STATISTICS);
  const word = kernelWord(again.errno, first.log);
  return word.verdict === "reject" ? { ...again, log: first.log, word } : again;
}

function load(program: RawProgram, logLevel: number): RawLoad {
  let size = logLevel === 0 ? 0 : 1 << 16;
  for (;;) {
    const log = size === 0 ? undefined : new Uint8Array(size);
    const result = attempt(program, logLevel, log);
    if (result === -ENOSPC && size > 0 && size < MAX_LOG_BYTES) {
      size *= 4;
      continue;
    }
    const end = log?.indexOf(0) ?? 0;
    const text = log ? new TextDecoder().decode(log.subarray(0, end < 0 ? log.length : end)) : "";
    const errno = result < 0 ? -result : 0;
    return { ok: errno === 0, fd: errno === 0 ? result : -1, errno, log: text, word: kernelWord(errno, text) };
  }
}

/** Loads BTF; a file descriptor that the caller closes, or -errno. */
export function loadBtf(btf: Uint8Array): number {
  return new Attr(28).pointer(0, btf).u32(16, btf.length).call(BpfCmd.BtfLoad);
}
