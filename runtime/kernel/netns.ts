/** Runs a synchronous step in another network namespace. Only the calling thread moves, and always moves back. */
import { closeSync, openSync } from "node:fs";
import { bpfAddon } from "../../native/bpf/index.js";
import { BpfError, checked } from "./errors.js";

/** A namespace by `ip netns` name, or by path ("/proc/123/ns/net"). */
export type NetnsName = string;

/** @throws BpfError UNKNOWN_NAME when there is no such namespace; SyscallError when it may not be entered */
export function inNetns<T>(netns: NetnsName | undefined, step: () => T): T {
  if (netns === undefined) return step();
  const path = netns.includes("/") ? netns : `/run/netns/${netns}`;
  let target: number;
  try {
    target = openSync(path, "r");
  } catch (cause) {
    throw new BpfError("UNKNOWN_NAME", `no network namespace "${netns}" (${path})`, { cause });
  }
  const home = openSync("/proc/thread-self/ns/net", "r");
  try {
    checked(`enter network namespace ${netns}`, bpfAddon().setNetns(target));
    try {
      return step();
    } finally {
      checked("leave network namespace", bpfAddon().setNetns(home));
    }
  } finally {
    closeSync(home);
    closeSync(target);
  }
}

/** How `ip` is called for a namespace, in advice to users. */
export function ipCommand(netns: NetnsName | undefined): string {
  if (netns === undefined) return "ip";
  return netns.includes("/") ? `nsenter --net=${netns} ip` : `ip -n ${netns}`;
}

/** Index of an interface in the current namespace. @throws BpfError UNKNOWN_NAME */
export function interfaceIndex(name: string): number {
  const index = bpfAddon().interfaceIndex(name);
  if (index < 0) throw new BpfError("UNKNOWN_NAME", `no network interface "${name}"`);
  return index;
}
