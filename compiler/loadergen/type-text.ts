/** TypeModel -> TypeScript type text. 64-bit values are bigint, smaller ones number, byte arrays Uint8Array. */
import type { TypeModel } from "./model.js";

/** Longest array written as a tuple would be unreadable: arrays are `T[]`, their length is in the doc comment. */
export function typeText(type: TypeModel, structName: (name: string) => string): string {
  switch (type.kind) {
    case "int":
    case "be":
      return type.bytes === 8 ? "bigint" : "number";
    case "bool":
      return "boolean";
    case "enum":
      return "number";
    case "string":
      return "string";
    case "bytes":
      return "Uint8Array";
    case "array":
      return `${typeText(type.element, structName)}[]`;
    case "struct":
      return structName(type.name);
    case "pointer":
      return "bigint";
  }
}

/** What the type's bytes mean, for a doc comment: "u32", "be16, in host order", "char[16]". */
export function layoutText(type: TypeModel): string {
  switch (type.kind) {
    case "int":
      return `${type.signed ? "i" : "u"}${type.bytes * 8}`;
    case "be":
      return `be${type.bytes * 8}, in host order`;
    case "bool":
      return "bool";
    case "enum":
      return `enum ${type.name}`;
    case "string":
      return `char[${type.bytes}]`;
    case "bytes":
      return `u8[${type.bytes}]`;
    case "array":
      return `${layoutText(type.element)}[${type.length}]`;
    case "struct":
      return type.name;
    case "pointer":
      return "address";
  }
}
