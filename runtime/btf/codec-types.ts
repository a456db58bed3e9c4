/** What a codec is; the parts that build one share these interfaces. */

/** Converts one type. `offset` and `size` are in bytes. */
export interface Codec {
  readonly size: number;
  /**
   * Writes `value` at `offset`.
   * @param path what messages call the value: "config.limit"; default nothing
   * @throws CodecError `CODEC_TYPE` (wrong JavaScript type), `CODEC_RANGE` (number outside the type), `CODEC_FIELD`
   *   (missing or unknown field), `CODEC_LENGTH` (array or string too long), `CODEC_BOUNDS` (buffer too small)
   */
  encode(value: unknown, bytes: Uint8Array, offset: number, path?: string): void;
  /** Reads a value. @throws CodecError `CODEC_BOUNDS` */
  decode(bytes: Uint8Array, offset: number): unknown;
}

/** A codec that also knows the field path, for messages; what the parts of this folder build. */
export interface PathCodec {
  readonly size: number;
  put(value: unknown, view: DataView, at: number, path: string): void;
  get(view: DataView, at: number): unknown;
}
