/** The current task and memory outside the program: user space and kernel. */
import { MEMORY_TAG, OBJECT_TAG } from "../address.js";
import { Errno } from "../errno.js";
import { memberOf } from "../kernel/members.js";
import type { HelperCall, HelperTable, Implementation } from "./call.js";

type Space = "user" | "kernel";

/** Bytes from an address outside, or from the machine's own memory for kernel reads. */
export function outside(
  call: HelperCall,
  address: bigint,
  limit: number,
  space: Space | "any",
): Uint8Array | undefined {
  const { world, memory } = call.run;
  if (space !== "kernel") {
    const user = world.user.at(address, limit);
    if (user !== undefined) return user;
  }
  if (space === "user") return undefined;
  const kernel = world.kernel.at(address, limit);
  if (kernel !== undefined) return kernel;
  if (Number(BigInt.asIntN(32, address >> 32n)) !== MEMORY_TAG) return undefined;
  const at = Number(address & 0xffff_ffffn);
  let length = 0;
  while (length < limit && memory.canRead(at + length, 1)) length++;
  return length === 0 ? undefined : memory.bytes(at, length);
}

function read(space: Space | "any"): Implementation {
  return (call) => {
    const size = call.size(2);
    const to = call.writable(1, size);
    const source = outside(call, call.u64(3), size, space);
    if (source === undefined || source.length < size) {
      // The kernel zeroes the buffer when the read fails.
      call.run.memory.u8.fill(0, to, to + size);
      return Errno.EFAULT;
    }
    call.run.memory.u8.set(source, to);
    return 0;
  };
}

function readString(space: Space | "any"): Implementation {
  return (call) => {
    const size = call.size(2);
    const to = call.writable(1, size);
    if (size === 0) return 0;
    const source = outside(call, call.u64(3), size, space);
    if (source === undefined) {
      call.run.memory.u8.fill(0, to, to + size);
      return Errno.EFAULT;
    }
    const end = source.indexOf(0);
    if (end < 0 && source.length < size) {
      call.run.memory.u8.fill(0, to, to + size);
      return Errno.EFAULT;
    }
    // Cut to fit, always terminated; the length counts the NUL.
    const length = Math.min(end < 0 ? size - 1 : end, size - 1);
    call.run.memory.u8.set(source.subarray(0, length), to);
    call.run.memory.u8[to + length] = 0;
    return length + 1;
  };
}

/** Address of a task without struct: the machine's types have no task_struct. */
const FACELESS = (BigInt(OBJECT_TAG >>> 0) << 32n) | 0x1000n;

/** The current task's struct: the run's, else one that says what the world's task says. */
export function currentTask(call: HelperCall): bigint {
  const { task, structs, world } = call.run;
  if (task !== undefined) return task;
  const id = structs.idOf("task_struct");
  if (id === undefined || structs.types === undefined) return FACELESS;
  const { pid, tid, comm } = world.task;
  const known: Readonly<Record<string, unknown>> = { pid: tid, tgid: pid, comm };
  const types = structs.types;
  // An object's own task_struct may have only some of these.
  world.taskStruct ??= structs.make("task_struct");
  // A thread that leads its group is its own leader.
  if (pid !== tid) world.leaderStruct ??= structs.make("task_struct");
  const leader = (pid === tid ? undefined : world.leaderStruct) ?? world.taskStruct;
  const whole = { ...known, group_leader: leader };
  const has = (name: string): boolean => memberOf(types, id, name) !== undefined;
  const fields = Object.fromEntries(Object.entries(whole).filter(([name]) => has(name)));
  if (leader !== world.taskStruct)
    structs.set(
      "task_struct",
      leader,
      Object.fromEntries(Object.entries({ pid, tgid: pid, comm }).filter(([name]) => has(name))),
    );
  structs.set("task_struct", world.taskStruct, fields);
  return world.taskStruct;
}

/** A number of the current task: from the struct of the run where it has the field. */
function taskNumber(call: HelperCall, field: string, otherwise: number): number {
  const { task, structs } = call.run;
  const { types } = structs;
  const id = structs.idOf("task_struct");
  if (task === undefined || types === undefined || id === undefined || memberOf(types, id, field) === undefined)
    return otherwise;
  return Number(structs.get("task_struct", task, field));
}

function taskName(call: HelperCall): string {
  const { task, structs, world } = call.run;
  const { types } = structs;
  const id = structs.idOf("task_struct");
  if (task === undefined || types === undefined || id === undefined || memberOf(types, id, "comm") === undefined)
    return world.task.comm;
  return String(structs.get("task_struct", task, "comm"));
}

export const taskHelpers = {
  get_current_pid_tgid(call) {
    const pid = taskNumber(call, "tgid", call.run.world.task.pid);
    const tid = taskNumber(call, "pid", call.run.world.task.tid);
    return call.give((BigInt(pid >>> 0) << 32n) | BigInt(tid >>> 0));
  },
  get_current_uid_gid(call) {
    const { uid, gid } = call.run.world.task;
    return call.give((BigInt(gid >>> 0) << 32n) | BigInt(uid >>> 0));
  },
  get_current_comm(call) {
    const size = call.size(2);
    const to = call.writable(1, size);
    const comm = new TextEncoder().encode(taskName(call)).subarray(0, Math.min(15, size - 1));
    call.run.memory.u8.fill(0, to, to + size);
    call.run.memory.u8.set(comm, to);
    return 0;
  },
  get_current_cgroup_id: (call) => call.give(call.run.world.task.cgroupId),
  get_current_task: (call) => call.give(currentTask(call)),
  get_current_task_btf: (call) => call.give(currentTask(call)),
  get_ns_current_pid_tgid(call) {
    const size = call.size(4);
    const to = call.writable(3, size);
    if (size !== 8) return Errno.EINVAL;
    call.run.memory.view.setUint32(to, call.run.world.task.tid, true);
    call.run.memory.view.setUint32(to + 4, call.run.world.task.pid, true);
    return 0;
  },
  probe_read: read("any"),
  probe_read_user: read("user"),
  probe_read_kernel: read("kernel"),
  copy_from_user: read("user"),
  probe_read_str: readString("any"),
  probe_read_user_str: readString("user"),
  probe_read_kernel_str: readString("kernel"),
} satisfies HelperTable;
