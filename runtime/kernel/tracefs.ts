/**
 * Reads tracefs. Where it is not mounted a detached mount of our own is used, which no path leads to and which ends
 * with its descriptor: nothing is left behind in the mount table.
 */
import { closeSync, constants, existsSync, openSync, readFileSync, readSync } from "node:fs";
import { bpfAddon } from "../../native/bpf/index.js";
import type { StopSignal } from "../facts/platform-types.js";
import { BpfError, checked, syscallError } from "./errors.js";
import { pause } from "./pause.js";

const usualPlaces = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

/** An open tracefs. */
export class Tracefs implements Disposable {
  readonly root: string;
  #fd = -1;

  /** @throws SyscallError when it is not mounted and cannot be (needs CAP_SYS_ADMIN and Linux 5.2) */
  constructor() {
    const mounted = usualPlaces.find((path) => existsSync(`${path}/events`));
    if (mounted === undefined) this.#fd = checked("mount tracefs", bpfAddon().mountDetached("tracefs"));
    this.root = mounted ?? `/proc/self/fd/${this.#fd}`;
  }
  /** The id that perf_event_open wants. @throws BpfError UNKNOWN_NAME */
  tracepointId(category: string, name: string): number {
    return Number(this.#read(category, name, "id"));
  }
  /** The event's format text: its fields with types and offsets. @throws BpfError UNKNOWN_NAME */
  tracepointFormat(category: string, name: string): string {
    return this.#read(category, name, "format");
  }
  /** False when tracing is switched off, by someone or by the kernel after a fault: nothing is printed then. */
  get recording(): boolean {
    return readFileSync(`${this.root}/tracing_on`, "utf8").trim() !== "0";
  }
  #read(category: string, name: string, file: string): string {
    try {
      return readFileSync(`${this.root}/events/${category}/${name}/${file}`, "utf8");
    } catch (cause) {
      throw new BpfError("UNKNOWN_NAME", `this kernel has no tracepoint ${category}/${name}`, { cause });
    }
  }
  /**
   * Lines of `bpf_trace_printk`, as the kernel formats them, until `signal` aborts. There is one reader on the machine
   * at a time, and every program's lines come here. The pipe is opened non-blocking and looked at every 50 ms: a read
   * that blocks a thread of Node's pool could not be cancelled, and would keep the process from ending.
   * @throws SyscallError EBUSY when someone else reads it
   */
  async *traceLines(signal: StopSignal): AsyncGenerator<string, void, undefined> {
    const fd = openTracePipe(`${this.root}/trace_pipe`);
    const buffer = new Uint8Array(1 << 16);
    const decoder = new TextDecoder();
    let rest = "";
    try {
      while (!signal.aborted) {
        const read = readAvailable(fd, buffer);
        if (read === 0) {
          await pause(POLL_MS, signal);
          continue;
        }
        const lines = (rest + decoder.decode(buffer.subarray(0, read), { stream: true })).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) if (line !== "") yield line;
      }
    } finally {
      closeSync(fd);
    }
  }
  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

const POLL_MS = 50;

function errnoOf(error: unknown): { code: string; errno: number } {
  const { code, errno } = error as NodeJS.ErrnoException;
  return { code: code ?? "", errno: Math.abs(errno ?? 0) };
}

function openTracePipe(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw syscallError("open trace_pipe", errnoOf(error).errno);
  }
}

/** Bytes read; 0 when there is nothing now. */
function readAvailable(fd: number, buffer: Uint8Array): number {
  try {
    return readSync(fd, buffer);
  } catch (error) {
    const { code, errno } = errnoOf(error);
    if (code === "EAGAIN") return 0;
    throw syscallError("read trace_pipe", errno);
  }
}
