/** Spelling of LLVM IR: names, strings, bytes. */

/** A global's name. */
export const globalName = (name: string): string =>
  /^[A-Za-z_.][\w.$]*$/.test(name) ? `@${name}` : `@"${escapeText(name)}"`;

/** A metadata string. */
export const quote = (text: string): string => `"${escapeText(text)}"`;

function escapeText(text: string): string {
  return [...Buffer.from(text, "utf8")]
    .map((b) => (b >= 0x20 && b < 0x7f && b !== 0x22 && b !== 0x5c ? String.fromCharCode(b) : hex(b)))
    .join("");
}

/** Constant bytes, `c"..."`. */
export const byteString = (bytes: Uint8Array): string =>
  `c"${[...bytes].map((b) => (b >= 0x20 && b < 0x7f && b !== 0x22 && b !== 0x5c ? String.fromCharCode(b) : hex(b))).join("")}"`;

const hex = (b: number): string => `\\${b.toString(16).padStart(2, "0").toUpperCase()}`;
