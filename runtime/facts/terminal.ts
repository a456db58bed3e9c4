/**
 * Text that a person sees. Names in objects, what programs print, file names and arguments come from elsewhere and may
 * hold characters that a terminal takes as commands (ECMA-48 control functions: C0, DEL, C1), that reorder what is
 * around them (UAX #9 bidirectional controls) or that cannot be seen. Everything printed goes through here; JSON does not.
 */

/** C0, DEL, C1; line and paragraph separators; bidirectional and invisible format characters; tags; lone surrogates. */
const STEERING =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** One character made visible: the control picture of a C0 character (`␛`), else its number (`<U+202E>`). */
export function picture(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code === 0x7f ? "\u2421" : `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
}

/** Whether a character steers a terminal or cannot be seen. */
export function steers(character: string): boolean {
  STEERING.lastIndex = 0;
  return STEERING.test(character);
}

/** Text of one or several lines without characters that steer a terminal; a tab becomes two blanks. */
export function printable(text: string): string {
  return text.replace(STEERING, (c) => (c === "\n" ? c : c === "\t" ? "  " : picture(c)));
}

/** The same for what has to stay on one line: names, messages of errors. */
export function oneLine(text: string): string {
  return text.replace(STEERING, (c) => (c === "\t" ? "  " : picture(c)));
}

/**
 * A copy of plain data whose strings and property names are {@link oneLine}: what text is made of for people. Lists,
 * maps and records keep their shape; bytes and other objects are left as they are.
 */
export function visible<T>(data: T): T {
  return visibly(data) as T;
}

function visibly(data: unknown): unknown {
  if (typeof data === "string") return oneLine(data);
  if (Array.isArray(data)) return data.map(visibly);
  if (data instanceof Map) return new Map([...data].map(([key, value]) => [visibly(key), visibly(value)]));
  if (typeof data !== "object" || data === null || Object.getPrototypeOf(data) !== Object.prototype) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [oneLine(key), visibly(value)]));
}
