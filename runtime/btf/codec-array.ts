/** Codecs of arrays: strings for char, Uint8Array for unsigned bytes, plain arrays for the rest. */

import { show } from "./codec-int.js";
import type { PathCodec } from "./codec-types.js";
import { CodecError } from "./error.js";

/** `char[length]`: UTF-8, NUL-terminated unless it fills the array. */
export function stringCodec(length: number): PathCodec {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  return {
    size: length,
    put(value, view, at, path) {
      if (typeof value !== "string") throw new CodecError("CODEC_TYPE", path, "a string", show(value));
      const bytes = encoder.encode(value);
      if (bytes.length > length) {
        throw new CodecError("CODEC_LENGTH", path, `at most ${length} bytes`, `${bytes.length} bytes`);
      }
      new Uint8Array(view.buffer, view.byteOffset + at, length).set(bytes);
    },
    get(view, at) {
      const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length);
      const end = bytes.indexOf(0);
      return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
    },
  };
}

/** `unsigned char[length]`; a shorter value is zero-filled only if it is empty, else the length must match. */
export function bytesCodec(length: number): PathCodec {
  return {
    size: length,
    put(value, view, at, path) {
      if (
        !(value instanceof Uint8Array) &&
        !(Array.isArray(value) && value.every((b) => Number.isInteger(b) && b >= 0 && b < 256))
      ) {
        throw new CodecError("CODEC_TYPE", path, `a Uint8Array of ${length}`, show(value));
      }
      if (value.length !== length)
        throw new CodecError("CODEC_LENGTH", path, `${length} bytes`, `${value.length} bytes`);
      new Uint8Array(view.buffer, view.byteOffset + at, length).set(value);
    },
    get: (view, at) => new Uint8Array(view.buffer, view.byteOffset + at, length).slice(),
  };
}

/** `element[length]`. */
export function arrayCodec(element: PathCodec, length: number): PathCodec {
  return {
    size: element.size * length,
    put(value, view, at, path) {
      const list = ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value as Uint32Array) : value;
      if (!Array.isArray(list)) throw new CodecError("CODEC_TYPE", path, `an array of ${length}`, show(value));
      if (list.length !== length) {
        throw new CodecError("CODEC_LENGTH", path, `${length} elements`, `${list.length} elements`);
      }
      for (let i = 0; i < length; i++) element.put(list[i], view, at + i * element.size, `${path}[${i}]`);
    },
    get: (view, at) => Array.from({ length }, (_, i) => element.get(view, at + i * element.size)),
  };
}
