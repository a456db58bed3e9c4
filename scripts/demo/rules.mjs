/** What the demo tells the firewall, for the software machine and for the kernel alike. */
export const BLOCKED_PORT = 22;
export const REASONS = ["pass", "drop: blocked source", "drop: port rule", "drop: blocked port"];
export const BLOCKED = { address: 0x0a630042, text: "10.99.0.66/32", prefixLength: 32 };
export const BLOCKED6 = {
  address: Uint8Array.from([0xfd, 0x99, ...new Array(13).fill(0), 0x66]),
  text: "fd99::66/128",
  prefixLength: 128,
};

/** Fills the block lists through anything that has `set(key, value)`. */
export function setRules(blocked, blocked6) {
  blocked.set({ prefixLength: BLOCKED.prefixLength, address: BLOCKED.address }, 0n);
  blocked6.set({ prefixLength: BLOCKED6.prefixLength, address: BLOCKED6.address }, 0n);
}
