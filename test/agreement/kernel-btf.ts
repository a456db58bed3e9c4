/** The running kernel's types and configuration, read once when a program first asks. */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { typesOnce } from "../../compiler/precheck/index.js";

const FILE = "/sys/kernel/btf/vmlinux";
export const KERNEL = typesOnce(() => (existsSync(FILE) ? new Uint8Array(readFileSync(FILE)) : undefined));
const CONFIG = "/proc/config.gz";
let config: string | undefined;

/** All that an object's programs may depend on. */
export const KERNEL_FACTS = {
  types: KERNEL,
  config: (): string | undefined => {
    if (config === undefined && existsSync(CONFIG)) config = gunzipSync(readFileSync(CONFIG)).toString("utf8");
    return config;
  },
};
