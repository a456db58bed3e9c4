/** The one error of this folder. */
import { oneLine } from "../facts/terminal.js";

/** Codes of {@link ObjectFormatError}. */
export type ObjectFormatErrorCode =
  | "OBJ_NOT_ELF"
  | "OBJ_NOT_BPF"
  | "OBJ_TRUNCATED"
  | "OBJ_SECTION"
  | "OBJ_SYMBOL"
  | "OBJ_RELOCATION"
  | "OBJ_CODE"
  | "OBJ_MAP"
  | "OBJ_BTF"
  | "OBJ_TOO_LARGE";

/** A file that is no readable BPF object. The message is one line. */
export class ObjectFormatError extends Error {
  override readonly name = "ObjectFormatError";
  constructor(
    readonly code: ObjectFormatErrorCode,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(oneLine(`${code}: ${reason}`), options);
  }
}
