/** Says hello in the kernel's trace pipe whenever somebody makes a directory. */
import { currentPid, type SysEnterMkdir, type SysEnterMkdirat, tracepoint } from "ebpftsc";

export class Hello {
  @tracepoint("syscalls", "sys_enter_mkdir") static mkdir(_ctx: SysEnterMkdir): void {
    console.log(`hello world: mkdir by process ${currentPid()}`);
  }

  @tracepoint("syscalls", "sys_enter_mkdirat") static mkdirat(_ctx: SysEnterMkdirat): void {
    console.log(`hello world: mkdirat by process ${currentPid()}`);
  }
}
