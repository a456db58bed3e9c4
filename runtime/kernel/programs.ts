/** Loaded programs as users see them: one class per kind, each with its own `attach`. */

import type { Attachment } from "./attach/link.js";
import { attachTc, checkTcOptions, type TcAttachOptions, type TcDirection } from "./attach/tc.js";
import { attachTracepoint, type TracepointName } from "./attach/tracepoint.js";
import { attachXdp, type XdpAttachOptions } from "./attach/xdp.js";
import { BpfError } from "./errors.js";
import { type ProgramInfo, programInfo } from "./info.js";
import type { LoadedObject } from "./object/loaded-object.js";
import { pin } from "./pin.js";
import { type TestRunOptions, type TestRunResult, testRun } from "./test-run.js";

/** A program in the kernel. Its descriptor belongs to the loaded object. */
export class LoadedProgram {
  constructor(
    protected readonly object: LoadedObject,
    readonly name: string,
  ) {}
  /** @throws BpfError CLOSED */
  get fd(): number {
    return this.object.programFd(this.name);
  }
  /** @throws SyscallError, BpfError CLOSED */
  info(): ProgramInfo {
    return programInfo(this.fd);
  }
  /** Runs it once on `data`, attached to nothing. @throws UnsupportedFeatureError, SyscallError */
  testRun(o: TestRunOptions = {}): TestRunResult {
    return testRun(this.fd, o);
  }
  /** @throws SyscallError */
  pin(path: string): void {
    pin(this.fd, path, `program ${this.name}`);
  }
}

/** @example await using link = fw.filter.attach({ interface: "eth0", mode: "native" }); */
export class XdpProgram extends LoadedProgram {
  /** @throws BpfError UNKNOWN_NAME, SyscallError (EBUSY: another program is attached) */
  attach(o: XdpAttachOptions): Attachment {
    return this.object.own(attachXdp(this.fd, o));
  }
}

/** @example fw.shape.attach({ interface: "eth0", direction: "egress" }); */
export class TcProgram extends LoadedProgram {
  readonly #direction: TcDirection | undefined;
  constructor(object: LoadedObject, name: string, direction?: TcDirection) {
    super(object, name);
    this.#direction = direction;
  }
  /** @throws BpfError UNKNOWN_NAME; ARGUMENT without a direction or against the decorator's; SyscallError */
  attach(o: TcAttachOptions): Attachment {
    checkTcOptions(o);
    const direction = o.direction ?? this.#direction;
    if (direction === undefined) throw new BpfError("ARGUMENT", `${this.name}: say direction "ingress" or "egress"`);
    if (this.#direction !== undefined && direction !== this.#direction) {
      throw new BpfError("ARGUMENT", `${this.name} is declared for ${this.#direction}, not ${direction}`);
    }
    return this.object.own(attachTc(this.fd, direction, o));
  }
}

/** @example watch.onMkdir.attach(); */
export class TracepointProgram extends LoadedProgram {
  readonly #event: TracepointName | undefined;
  constructor(object: LoadedObject, name: string, event?: TracepointName) {
    super(object, name);
    this.#event = event;
  }
  /** @param event may be left out when the decorator fixed it. @throws BpfError UNKNOWN_NAME, ARGUMENT; SyscallError */
  attach(event: TracepointName | undefined = this.#event): Attachment {
    if (!event)
      throw new BpfError(
        "ARGUMENT",
        `${this.name}: say which tracepoint: attach({ category: "syscalls", name: "sys_enter_mkdirat" })`,
      );
    return this.object.own(attachTracepoint(this.fd, event));
  }
}
