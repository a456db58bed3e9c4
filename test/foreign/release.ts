/** What libbpf tells programs about the running kernel: its version and its configuration. */
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { gunzipSync } from "node:zlib";

/** KERNEL_VERSION(), as LINUX_KERNEL_VERSION has it. */
function releaseNumber(): number {
  const [major = 0, minor = 0, patch = 0] = release().split(/[.-]/).map(Number);
  return (major << 16) + (minor << 8) + Math.min(patch || 0, 255);
}

const CONFIG = "/proc/config.gz";

/** The values of a few settings, as the extern variables of c/kconfig.c want them; without configuration, none. */
export function kernelConfig(): Readonly<Record<string, number | boolean | string>> {
  const text = existsSync(CONFIG) ? gunzipSync(readFileSync(CONFIG)).toString("latin1") : "";
  const value = (name: string): string | undefined => new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1];
  const hostname = value("CONFIG_DEFAULT_HOSTNAME");
  return {
    LINUX_KERNEL_VERSION: releaseNumber(),
    CONFIG_BPF_SYSCALL: value("CONFIG_BPF_SYSCALL") === "y",
    CONFIG_NR_CPUS: Number(value("CONFIG_NR_CPUS") ?? 0),
    ...(hostname === undefined ? {} : { CONFIG_DEFAULT_HOSTNAME: hostname.replace(/^"|"$/g, "") }),
  };
}
