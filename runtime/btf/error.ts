/** Errors of this folder: type information that is corrupt, and values that do not fit their type. */
import { oneLine } from "../facts/terminal.js";

/** Codes of {@link BtfError}. */
export type BtfErrorCode =
  | "BTF_HEADER"
  | "BTF_TRUNCATED"
  | "BTF_KIND"
  | "BTF_STRING"
  | "BTF_TYPE_ID"
  | "BTF_CYCLE"
  | "BTF_TOO_LARGE"
  | "BTF_MEMBER"
  | "BTF_EXT";

/** BTF or BTF.ext that cannot be read. */
export class BtfError extends Error {
  override readonly name = "BtfError";
  constructor(
    readonly code: BtfErrorCode,
    readonly reason: string,
  ) {
    super(oneLine(`${code}: ${reason}`));
  }
}

/** Codes of {@link CodecError}. */
export type CodecErrorCode =
  | "CODEC_TYPE"
  | "CODEC_RANGE"
  | "CODEC_FIELD"
  | "CODEC_LENGTH"
  | "CODEC_UNSUPPORTED"
  | "CODEC_BOUNDS";

/** A JavaScript value that does not fit a BTF type; names the path, what was expected and what was given. */
export class CodecError extends Error {
  override readonly name = "CodecError";
  constructor(
    readonly code: CodecErrorCode,
    /** Field path: "value.ports[2].hi"; "" is the value itself. */
    readonly path: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(oneLine(`${code}: ${path === "" ? "value" : path}: expected ${expected}, got ${actual}`));
  }
}
