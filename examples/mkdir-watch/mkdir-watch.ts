/** Reports who makes which directory: one event for each mkdir and mkdirat system call, when it starts. */
import {
  atomic,
  type CString,
  type char,
  currentComm,
  currentPid,
  currentUid,
  ktimeGetBootNs,
  RingBuf,
  readUserStr,
  type SysEnterMkdir,
  type SysEnterMkdirat,
  struct,
  tracepoint,
  type UserPtr,
  type u16,
  type u32,
  type u64,
} from "ebpftsc";

@struct
export class MkdirEvent {
  /** Nanoseconds since boot, time asleep included. */
  ts!: u64;
  pid!: u32;
  uid!: u32;
  /** Permission bits asked for. */
  mode!: u16;
  comm!: CString<16>;
  /** As the process wrote it (relative paths too), cut to fit; empty when its memory could not be read. */
  path!: CString<256>;
}

export class MkdirWatch {
  static readonly events = new RingBuf<MkdirEvent>(1 << 16);
  /** Calls that the ring buffer had no room to report. */
  static lost: u64 = 0n;

  @tracepoint("syscalls", "sys_enter_mkdir") static mkdir(ctx: SysEnterMkdir): void {
    MkdirWatch.report(ctx.pathname, ctx.mode);
  }

  @tracepoint("syscalls", "sys_enter_mkdirat") static mkdirat(ctx: SysEnterMkdirat): void {
    MkdirWatch.report(ctx.pathname, ctx.mode);
  }

  private static report(pathname: UserPtr<char>, mode: u16): void {
    const event = MkdirWatch.events.reserve();
    if (!event) {
      atomic.add(MkdirWatch.lost, 1n);
      return;
    }
    event.ts = ktimeGetBootNs();
    event.pid = currentPid();
    event.uid = currentUid();
    event.mode = mode;
    currentComm(event.comm);
    readUserStr(event.path, pathname);
    MkdirWatch.events.submit(event);
  }
}
