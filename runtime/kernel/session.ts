/**
 * What `ebpftsc load` does: load an object, attach its programs, hand out what it says (ring buffer events and trace
 * lines) until told to stop, then detach everything.
 */
import { readObject } from "../elf/index.js";
import { helpersThat } from "../facts/helpers/index.js";
import { MapTypeId } from "../facts/maps/index.js";
import type { StopSignal } from "../facts/platform-types.js";
import { ProgramTypeId } from "../facts/program-types/ids.js";
import type { AttachSpec } from "./attach-spec.js";
import { BpfError, SyscallError } from "./errors.js";
import { RingBuffer } from "./maps/ring-buffer.js";
import { mergeStreams } from "./merge-streams.js";
import type { LoadedObject } from "./object/loaded-object.js";
import { OpenObject } from "./object/open-object.js";
import { pause } from "./pause.js";
import { TcProgram, TracepointProgram, XdpProgram } from "./programs.js";
import { Tracefs } from "./tracefs.js";

/** One thing that the programs said. */
export type SessionOutput =
  | { readonly kind: "event"; readonly map: string; readonly value: unknown }
  | { readonly kind: "print"; readonly line: string }
  /** From us, not from a program. */
  | { readonly kind: "notice"; readonly line: string };

/** One attached program. */
export interface SessionAttachment {
  readonly program: string;
  /** "xdp native on eth0" */
  readonly description: string;
}

const printingHelpers = helpersThat("prints");
const CALL = 0x85;

/** A loaded and attached object. */
export class LoadSession implements Disposable {
  readonly #object: LoadedObject;
  readonly #prints: boolean;
  readonly attachments: readonly SessionAttachment[];
  /** Programs that nothing was said about and that cannot attach by themselves. */
  readonly idle: readonly string[];

  /**
   * Loads and attaches. Tracepoint programs attach to what their section names; others need a spec.
   * @throws VerifierRejectedError, PermissionError, SyscallError; BpfError UNKNOWN_NAME, ARGUMENT for a spec that
   *   names no program, or more than one. On failure nothing stays attached.
   * @example using session = new LoadSession(bytes, [parseAttachSpec("xdp:eth0")]);
   */
  constructor(bytes: Uint8Array, specs: readonly AttachSpec[]) {
    this.#prints = writesTrace(bytes);
    this.#object = new OpenObject(bytes).load();
    try {
      const attached = specs.map((spec) => this.#attach(spec));
      const done = new Set(attached.map((a) => a.program));
      for (const program of this.#object.programs) {
        const event = /^(?:tp|tracepoint)\/([^/]+)\/(.+)$/.exec(program.section);
        if (done.has(program.name) || !event) continue;
        const name = { category: event[1] ?? "", name: event[2] ?? "" };
        const { description } = new TracepointProgram(this.#object, program.name, name).attach();
        attached.push({ program: program.name, description });
        done.add(program.name);
      }
      this.attachments = attached;
      this.idle = this.#object.programs.map((p) => p.name).filter((name) => !done.has(name));
    } catch (error) {
      this.#object.close();
      throw error;
    }
  }
  #programFor(spec: AttachSpec): string {
    const type = { xdp: ProgramTypeId.xdp, tc: ProgramTypeId.sched_cls, tracepoint: ProgramTypeId.tracepoint }[
      spec.kind
    ];
    const fitting = this.#object.programs.filter((p) => p.type === type).map((p) => p.name);
    if (spec.program !== undefined) {
      if (fitting.includes(spec.program)) return spec.program;
      throw new BpfError(
        "UNKNOWN_NAME",
        `no ${spec.kind} program "${spec.program}"; there are: ${fitting.join(", ") || "none"}`,
      );
    }
    const [only, ...others] = fitting;
    if (only === undefined) throw new BpfError("UNKNOWN_NAME", `the object has no ${spec.kind} program`);
    if (others.length === 0) return only;
    throw new BpfError(
      "ARGUMENT",
      `the object has several ${spec.kind} programs: say which, as ${only}=${spec.kind}:...`,
    );
  }
  #attach(spec: AttachSpec): SessionAttachment {
    const program = this.#programFor(spec);
    switch (spec.kind) {
      case "xdp":
        return { program, description: new XdpProgram(this.#object, program).attach(placeOf(spec)).description };
      case "tc": {
        const section = this.#object.programs.find((p) => p.name === program)?.section ?? "";
        const declared = /\/egress$/.test(section) ? "egress" : /\/ingress$/.test(section) ? "ingress" : undefined;
        const direction = spec.direction ?? declared ?? "ingress";
        return {
          program,
          description: new TcProgram(this.#object, program).attach({ ...placeOf(spec), direction }).description,
        };
      }
      case "tracepoint":
        return { program, description: new TracepointProgram(this.#object, program).attach(spec.event).description };
    }
  }
  /** Names of the ring buffers whose events come out of {@link output}. */
  get ringBuffers(): string[] {
    return this.#rings().map((ring) => ring.name);
  }
  #rings(): RingBuffer<unknown>[] {
    const names = this.#object.maps.filter((m) => m.type === MapTypeId.ringbuf).map((m) => m.name);
    return names.map((name) => this.#object.map(name)).filter((m) => m instanceof RingBuffer);
  }
  /** Everything the programs say, as it comes, until `signal` aborts. @throws SyscallError */
  output(signal: StopSignal): AsyncGenerator<SessionOutput, void, undefined> {
    const streams = this.#rings().map((ring) => eventsOf(ring, signal));
    if (this.#prints) streams.push(printsOf(signal));
    if (streams.length === 0) streams.push(silence(signal));
    return mergeStreams(streams);
  }
  get object(): LoadedObject {
    return this.#object;
  }
  close(): void {
    this.#object.close();
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

/** The options of `attach` in a spec. */
function placeOf<S extends AttachSpec>({ kind: _kind, program: _program, ...place }: S): Omit<S, "kind" | "program"> {
  return place;
}

function writesTrace(bytes: Uint8Array): boolean {
  return readObject(bytes).programs.some((program) => {
    const view = new DataView(program.bytes.buffer, program.bytes.byteOffset, program.bytes.byteLength);
    for (let at = 0; at + 8 <= view.byteLength; at += 8) {
      // Source register 0 of a call: a helper by number (RFC 9669, section 4.3.1).
      if (view.getUint16(at, true) === CALL && printingHelpers.has(view.getInt32(at + 4, true))) return true;
    }
    return false;
  });
}

async function* eventsOf(
  ring: RingBuffer<unknown>,
  signal: StopSignal,
): AsyncGenerator<SessionOutput, void, undefined> {
  for await (const value of ring.read({ signal })) yield { kind: "event", map: ring.name, value };
}

const BUSY_RETRY_MS = 500;

/** Trace lines. The pipe has one reader on the whole machine: while it is someone else, say so once and wait. */
async function* printsOf(signal: StopSignal): AsyncGenerator<SessionOutput, void, undefined> {
  using tracefs = new Tracefs();
  if (!tracefs.recording)
    yield { kind: "notice", line: "tracing is off on this machine (tracing_on is 0): no printed lines" };
  for (let told = false; !signal.aborted; told = true) {
    try {
      for await (const line of tracefs.traceLines(signal)) {
        const text = /bpf_trace_v?printk: (.*)$/.exec(line)?.[1];
        if (text !== undefined) yield { kind: "print", line: text };
      }
      return;
    } catch (error) {
      if (!(error instanceof SyscallError) || error.errnoName !== "EBUSY") throw error;
    }
    if (!told) yield { kind: "notice", line: "another process reads trace_pipe: printed lines wait until it stops" };
    await pause(BUSY_RETRY_MS, signal);
  }
}

/** Says nothing, and ends when aborted. */
async function* silence(signal: StopSignal): AsyncGenerator<SessionOutput, void, undefined> {
  if (signal.aborted) return;
  // Node's own listener does not keep the process alive; a timer does.
  const alive = setInterval(() => undefined, 1 << 30);
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  clearInterval(alive);
}
