/** Key bytes in memory as a JavaScript Map key: a number for up to 4 bytes, else a string of one char a byte. */
import type { LinearMemory } from "../memory.js";

export type Key = number | string;

export function keyAt(memory: LinearMemory, at: number, size: number): Key {
  if (size === 4) return memory.view.getUint32(at, true);
  if (size === 2) return memory.view.getUint16(at, true);
  if (size === 1) return memory.u8[at] ?? 0;
  let text = "";
  const { u8 } = memory;
  for (let i = at; i < at + size; i++) text += String.fromCharCode(u8[i] as number);
  return text;
}

export function keyBytes(key: Key, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = typeof key === "number" ? key >>> (8 * i) : key.charCodeAt(i);
  return bytes;
}
