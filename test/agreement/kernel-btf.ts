/** The running kernel's types, read once when a program first asks. */
import { existsSync, readFileSync } from "node:fs";
import { typesOnce } from "../../compiler/precheck/index.js";

const FILE = "/sys/kernel/btf/vmlinux";
export const KERNEL = typesOnce(() => (existsSync(FILE) ? new Uint8Array(readFileSync(FILE)) : undefined));
