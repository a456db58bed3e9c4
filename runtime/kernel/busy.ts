/** A place that another program has: which one, who holds it, and what to do. */
import { visible } from "../facts/terminal.js";
import { SyscallError } from "./errors.js";
import type { Holder } from "./holders.js";

/** The attach point is taken. `errno` is EBUSY or EEXIST. */
export class BusyError extends SyscallError {
  override readonly name = "BusyError";
  constructor(
    operation: string,
    errno: number,
    readonly holder: Holder,
    remedy: string,
  ) {
    super(operation, errno, "SYSCALL", `${describe(holder)}: ${remedy}`);
  }
}

function describe({ id, name, link, processes }: Holder): string {
  const program = `program ${id}${name === "" ? "" : ` "${visible(name)}"`} is attached there`;
  const held = processes.map(({ pid, command }) =>
    pid === process.pid ? `this process (${pid})` : `process ${pid} (${visible(command)})`,
  );
  if (link === undefined) return `${program} without a link`;
  return `${program} by link ${link}, ${held.length > 0 ? `held by ${held.join(" and ")}` : "which is pinned"}`;
}

/** What frees the place. @param byHand the command for an attachment without a link */
export function remedyFor({ link, processes }: Holder, byHand: string): string {
  if (link === undefined) return `detach it with: ${byHand}`;
  const others = processes.filter((p) => p.pid !== process.pid);
  if (processes.length > others.length) return "detach it first (detach() of what attach() gave)";
  const [first] = others;
  const byLink = `bpftool link detach id ${link}`;
  return first === undefined
    ? `remove the pin, or: ${byLink}`
    : `end that process (kill ${others.map((p) => p.pid).join(" ")}), or: ${byLink}`;
}
