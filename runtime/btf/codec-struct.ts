/** Codecs of structs and unions. Members of anonymous members appear in the parent, as in C. */

import { show } from "./codec-int.js";
import type { PathCodec } from "./codec-types.js";
import { CodecError } from "./error.js";

/** A member at a byte offset; `name` is "" for an anonymous struct or union. */
export interface CodecField {
  readonly name: string;
  readonly at: number;
  readonly codec: PathCodec;
}

interface FieldNames {
  /** Names an encoder must be given, and names it may be given. */
  readonly required: readonly string[];
  readonly allowed: readonly string[];
}
const namesOf = new WeakMap<PathCodec, FieldNames>();

const pick = (value: object, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)));

function names(kind: "struct" | "union", fields: readonly CodecField[]): FieldNames {
  const required: string[] = [];
  const allowed: string[] = [];
  for (const field of fields) {
    const inner = field.name === "" ? namesOf.get(field.codec) : { required: [field.name], allowed: [field.name] };
    if (inner === undefined) continue;
    allowed.push(...inner.allowed);
    // A union is set through any one of its members, so none is required by itself.
    if (kind === "struct") required.push(...inner.required);
  }
  return { required, allowed };
}

/**
 * A struct or union codec. `put` takes an object with every field of a struct, or at least one member of a union;
 * unnamed bit-field padding is skipped.
 */
export function compositeCodec(
  kind: "struct" | "union",
  name: string,
  size: number,
  fields: readonly CodecField[],
): PathCodec {
  const known = fields.filter((field) => field.name !== "" || namesOf.has(field.codec));
  const own = names(kind, known);
  const label = `${kind} ${name}`.trim();
  const join = (path: string, field: string): string => (path === "" ? field : `${path}.${field}`);
  const codec: PathCodec = {
    size,
    put(value, view, at, path) {
      if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
        throw new CodecError("CODEC_TYPE", path, `an object for ${label}`, show(value));
      }
      const record = value as Record<string, unknown>;
      for (const given of Object.keys(record)) {
        if (!own.allowed.includes(given)) {
          throw new CodecError(
            "CODEC_FIELD",
            join(path, given),
            `a field of ${label} (${own.allowed.join(", ")})`,
            "an unknown one",
          );
        }
      }
      if (kind === "union" && known.length > 0 && Object.keys(record).length === 0) {
        throw new CodecError("CODEC_FIELD", path, `one of ${own.allowed.join(", ")}`, "none");
      }
      for (const field of known) {
        if (field.name !== "") {
          const given = record[field.name];
          if (given !== undefined) field.codec.put(given, view, at + field.at, join(path, field.name));
          else if (kind === "struct")
            throw new CodecError("CODEC_FIELD", join(path, field.name), `a field of ${label}`, "none");
          continue;
        }
        const inner = namesOf.get(field.codec);
        const part = pick(record, inner?.allowed ?? []);
        if (kind === "union" && Object.keys(part).length === 0) continue;
        field.codec.put(part, view, at + field.at, path);
      }
    },
    get(view, at) {
      const out: Record<string, unknown> = {};
      for (const field of known) {
        const value = field.codec.get(view, at + field.at);
        if (field.name === "") Object.assign(out, value);
        else out[field.name] = value;
      }
      return out;
    },
  };
  namesOf.set(codec, own);
  return codec;
}
