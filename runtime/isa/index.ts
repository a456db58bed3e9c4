/** The instruction set: tables, encoding, validation, text. Pure; imports nothing outside this folder. */
export * from "./disassemble.js";
export * from "./error.js";
export * from "./forms.js";
export * from "./instruction.js";
export * from "./opcode.js";
export { stackDepth } from "./stack-depth.js";
export * from "./validate.js";
