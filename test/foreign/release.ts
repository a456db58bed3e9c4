/** KERNEL_VERSION() of the running kernel, as LINUX_KERNEL_VERSION has it. */
import { release } from "node:os";

export function releaseNumber(): number {
  const [major = 0, minor = 0, patch = 0] = release().split(/[.-]/).map(Number);
  return (major << 16) + (minor << 8) + Math.min(patch || 0, 255);
}
