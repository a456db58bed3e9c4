/** Who holds a program: its name, the link that attaches it, and the processes that have a descriptor of either. */
import { closeSync, readdirSync, readFileSync } from "node:fs";
import { Attr } from "./attr.js";
import { linkInfo, programInfo } from "./info.js";
import { BpfCmd } from "./uapi.js";

export interface Process {
  readonly pid: number;
  /** /proc/PID/comm; "" when it ended meanwhile. */
  readonly command: string;
}

export interface Holder {
  /** Number of the program. */
  readonly id: number;
  /** "" where the kernel may not be asked. */
  readonly name: string;
  /** Number of the BPF link that attaches it; undefined when it was attached by netlink. */
  readonly link?: number;
  /** Processes with a descriptor of the link, or, without one, of the program; none for what is pinned or by netlink. */
  readonly processes: readonly Process[];
}

/** Opens by number, gives what `use` finds, closes; undefined when the kernel refuses. */
function withId<T>(command: number, id: number, use: (fd: number) => T): T | undefined {
  const fd = new Attr(12).u32(0, id).call(command);
  if (fd < 0) return undefined;
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** Numbers of all links of the machine. */
function* linkIds(): Generator<number, void, undefined> {
  for (let id = 0; ; ) {
    const next = new Attr(8).u32(0, id);
    if (next.call(BpfCmd.LinkGetNextId) < 0) return;
    id = next.getU32(4);
    yield id;
  }
}

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // the process ended, or is not ours to look into
  }
};
const list = (path: string): string[] => {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
};

/** Processes that have a descriptor whose fdinfo has the line. */
function processesWith(line: RegExp): Process[] {
  const pids = list("/proc").filter((name) => /^\d+$/.test(name));
  return pids
    .filter((pid) => list(`/proc/${pid}/fdinfo`).some((fd) => line.test(read(`/proc/${pid}/fdinfo/${fd}`))))
    .map((pid) => ({ pid: Number(pid), command: read(`/proc/${pid}/comm`).trim() }));
}

/**
 * @param id of a program in the kernel
 * @param linkType enum bpf_link_type of the attachment in question
 * @param ifindex interface that the link is on
 */
export function holderOf(id: number, linkType: number, ifindex: number): Holder {
  const name = withId(BpfCmd.ProgGetFdById, id, (fd) => programInfo(fd).name) ?? "";
  const link = [...linkIds()].find(
    (one) =>
      withId(BpfCmd.LinkGetFdById, one, (fd) => {
        const info = linkInfo(fd);
        return info.type === linkType && info.programId === id && info.ifindex === ifindex;
      }) === true,
  );
  const line = new RegExp(link === undefined ? `^prog_id:\\s+${id}$` : `^link_id:\\s+${link}$`, "m");
  return { id, name, ...(link === undefined ? {} : { link }), processes: processesWith(line) };
}
