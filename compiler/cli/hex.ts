/** Hexadecimal arguments. */
import { readFileSync } from "node:fs";
import { usageError } from "./exit.js";

/** Bytes of hex digits; blanks, colons and a leading 0x are allowed, "-" reads stdin. @throws CliError exit 2 */
export function parseHex(text: string, option: string): Uint8Array {
  const source = text === "-" ? readFileSync(0, "utf8") : text;
  const digits = source.replace(/^0x/i, "").replace(/[\s:]/g, "");
  if (!/^([0-9a-fA-F]{2})*$/.test(digits)) throw usageError(`${option}: an even number of hex digits is needed`);
  return new Uint8Array(Buffer.from(digits, "hex"));
}

/** Bytes as hex digits. */
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
