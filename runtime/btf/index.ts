/** BTF: reader, type graph, BTF.ext, and codecs between bytes and JavaScript values. Imports nothing else. */
export * from "./codec.js";
export { show } from "./codec-int.js";
export type { Codec } from "./codec-types.js";
export { type CoreResult, CoreTarget, describeRelocation, resolveCore } from "./core/resolve.js";
export { essentialName } from "./core/spec.js";
export * from "./error.js";
export * from "./ext.js";
export * from "./graph.js";
export type { StringTable } from "./strings.js";
export * from "./types.js";
