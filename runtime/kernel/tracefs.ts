/**
 * Reads tracefs. Where it is not mounted a detached mount of our own is used, which no path leads to and which ends
 * with its descriptor: nothing is left behind in the mount table.
 */
import { closeSync, createReadStream, existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { bpfAddon } from "../../native/bpf/index.js";
import { BpfError, checked } from "./errors.js";

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
  #read(category: string, name: string, file: string): string {
    try {
      return readFileSync(`${this.root}/events/${category}/${name}/${file}`, "utf8");
    } catch (cause) {
      throw new BpfError("UNKNOWN_NAME", `this kernel has no tracepoint ${category}/${name}`, { cause });
    }
  }
  /**
   * Lines of `bpf_trace_printk`, as the kernel formats them. There is one reader on the machine at a time (EBUSY), and
   * every program's lines come here.
   */
  async *traceLines(signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    const stream = createReadStream(`${this.root}/trace_pipe`, { encoding: "utf8", signal });
    try {
      yield* createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      stream.destroy();
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
