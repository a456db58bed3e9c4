/**
 * Iterators over tasks (kernel/bpf/task_iter.c, bpf_iter_task_new and relatives). The machine has the tasks that a test
 * lists (`machine.tasks`), in that order, else the current one only. State on the program's stack: 1 while it runs, next
 * position, thread group or 0, kind.
 */

import { offsetOf } from "../address.js";
import { Errno } from "../errno.js";
import type { HelperCall, Implementation } from "../helpers/call.js";
import { currentTask } from "../helpers/task.js";
import { memberOf } from "../kernel/members.js";

const BYTES = 24;
/** BPF_TASK_ITER_* */
const Kind = { Processes: 0, Threads: 1, OwnThreads: 2 } as const;
const State = { running: 0, position: 4, group: 8, kind: 12 } as const;

/** A numeric field of a task; undefined where its type lacks it or it is no struct of the machine. */
function field({ run }: HelperCall, task: bigint, name: "pid" | "tgid"): number | undefined {
  const { structs } = run;
  const type = structs.idOf("task_struct");
  if (
    offsetOf(task) === undefined ||
    structs.types === undefined ||
    type === undefined ||
    memberOf(structs.types, type, name) === undefined
  )
    return undefined;
  const value = structs.get("task_struct", task, name);
  return typeof value === "number" ? value : undefined;
}

/** Was the struct not freed since the test listed it? */
function isThere({ run }: HelperCall, task: bigint): boolean {
  const at = offsetOf(task);
  return at === undefined || run.heap.sizeOf(at) !== undefined;
}

export const taskIteratorKfuncs: Readonly<Record<string, Implementation>> = {
  /** (iterator, task or NULL, kind) */
  bpf_iter_task_new(call) {
    const at = call.writable(1, BYTES);
    const { view, u8 } = call.run.memory;
    u8.fill(0, at, at + BYTES);
    const kind = call.u32(3);
    const own = kind === Kind.OwnThreads;
    if (kind > Kind.OwnThreads || call.hi(3) !== 0 || (own && call.isNull(2))) return Errno.EINVAL;
    if (own && !isThere(call, call.u64(2))) throw call.fault(2, "is no task");
    view.setInt32(at + State.running, 1, true);
    view.setInt32(at + State.group, own ? (field(call, call.u64(2), "tgid") ?? 0) : 0, true);
    view.setInt32(at + State.kind, kind, true);
    return 0;
  },
  bpf_iter_task_next(call) {
    const at = call.readable(1, BYTES);
    const { view } = call.run.memory;
    const word = (offset: number): number => view.getInt32(at + offset, true);
    if (word(State.running) !== 1) return call.givePointer(0);
    const { tasks } = call.run.world;
    const list = tasks.length > 0 ? tasks : [currentTask(call)];
    for (let n = word(State.position); n >= 0 && n < list.length; n++) {
      const task = list[n] as bigint;
      if (!isThere(call, task)) continue;
      const [pid, tgid] = [field(call, task, "pid"), field(call, task, "tgid")];
      if (word(State.kind) === Kind.Processes && pid !== tgid) continue;
      if (word(State.kind) === Kind.OwnThreads && tgid !== word(State.group)) continue;
      view.setInt32(at + State.position, n + 1, true);
      return call.give(task);
    }
    view.setInt32(at + State.running, 0, true);
    return call.givePointer(0);
  },
  bpf_iter_task_destroy(call) {
    const at = call.writable(1, BYTES);
    call.run.memory.u8.fill(0, at, at + BYTES);
    return 0;
  },
};
