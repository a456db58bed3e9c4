/**
 * Values of extern variables in `.kconfig`, as libbpf fills them when it loads (bpf_object__resolve_externs). Input: the
 * object's variables, the kernel to predict, its configuration where it is known (the text of /proc/config.gz). Output:
 * the frozen content, and which bytes are constants of which nothing is known.
 */
import type { KconfigVar } from "../../runtime/elf/index.js";

export interface ConfigContent {
  readonly bytes: Uint8Array;
  /** [from, to) of variables whose value is not known. */
  readonly unknown: readonly (readonly [from: number, to: number])[];
}

/** enum libbpf_tristate */
const TRISTATE: Readonly<Record<string, bigint>> = { n: 0n, y: 1n, m: 2n };

/** KERNEL_VERSION(major, minor, 0). @example versionCode("6.18") // 398848n */
function versionCode(version: string): bigint {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return BigInt((major << 16) | (minor << 8));
}

/** The option's value: "y", "250", '"(none)"'; undefined where it is not set. */
function option(config: string, name: string): string | undefined {
  return new RegExp(`^${name.replace(/\W/g, "")}=(.*)$`, "m").exec(config)?.[1];
}

function numberOf(value: string): bigint | undefined {
  if (value in TRISTATE) return TRISTATE[value];
  return /^-?(0x[0-9a-f]+|\d+)$/i.test(value)
    ? value.startsWith("-")
      ? -BigInt(value.slice(1))
      : BigInt(value)
    : undefined;
}

/** @returns the variable's bytes; undefined where they are not known */
function valueBytes(name: string, size: number, kernel: string, config: string | undefined): Uint8Array | undefined {
  const bytes = new Uint8Array(size);
  const put = (value: bigint): Uint8Array => {
    for (let i = 0; i < size; i++) bytes[i] = Number((value >> BigInt(8 * i)) & 255n);
    return bytes;
  };
  if (name === "LINUX_KERNEL_VERSION") return put(versionCode(kernel));
  // bpf_get_attach_cookie came with 5.15.
  if (name === "LINUX_HAS_BPF_COOKIE") return put(1n);
  // Wrappers of system calls came with 4.17; libbpf looks for one by placing a probe at it.
  if (name === "LINUX_HAS_SYSCALL_WRAPPER")
    return put(config === undefined || option(config, "CONFIG_KPROBES") === "y" ? 1n : 0n);
  if (!name.startsWith("CONFIG_")) return bytes;
  if (config === undefined) return undefined;
  const value = option(config, name);
  // Only weak ones may be missing: they are zero.
  if (value === undefined) return bytes;
  const text = /^"(.*)"$/.exec(value)?.[1];
  if (text === undefined) return put(numberOf(value) ?? 0n);
  bytes.set(new TextEncoder().encode(text).subarray(0, size - 1));
  return bytes;
}

/**
 * @param kernel "6.18"
 * @param config text of the kernel's configuration; undefined where it is not known
 */
export function configContent(
  variables: readonly KconfigVar[],
  size: number,
  kernel: string,
  config: string | undefined,
): ConfigContent {
  const bytes = new Uint8Array(size);
  const unknown: (readonly [number, number])[] = [];
  for (const variable of variables) {
    const value = valueBytes(variable.name, variable.size, kernel, config);
    if (value === undefined) unknown.push([variable.offset, variable.offset + variable.size]);
    else bytes.set(value, variable.offset);
  }
  return { bytes, unknown };
}

/** Whether the kernel can find addresses of variables by name (CONFIG_KALLSYMS_ALL); undefined where it is not known. */
export function findsVariables(config: string | undefined): boolean | undefined {
  return config === undefined ? undefined : option(config, "CONFIG_KALLSYMS_ALL") === "y";
}
