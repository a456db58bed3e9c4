/**
 * Two devices in a namespace of their own, one for each of two XDP programs. While a program is attached somewhere it is
 * in the kernel's XDP dispatcher, and a test run then need not put it there and wait for an RCU grace period, which
 * would drown the time of the run (net/bpf/test_run.c, bpf_prog_test_run_xdp; kernel/bpf/dispatcher.c).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { attachXdp } from "../../runtime/index.js";

export class DevicePair implements Disposable {
  readonly #netns = `ebpftsc-bench-${process.pid}`;

  constructor() {
    try {
      ip("netns", "add", this.#netns);
      ip("-n", this.#netns, "link", "add", "ours", "type", "veth", "peer", "name", "peer");
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }
  /** Attached until disposed. */
  hold(device: "ours" | "peer", programFd: number): Disposable {
    return attachXdp(programFd, { interface: device, netns: this.#netns, mode: "generic" });
  }
  [Symbol.dispose](): void {
    spawnSync("ip", ["netns", "delete", this.#netns], { stdio: "ignore" });
  }
}

function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
}

export const hasIproute = (): boolean => spawnSync("ip", ["-V"]).error === undefined;
