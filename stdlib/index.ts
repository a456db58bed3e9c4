/**
 * `ebpftsc`: what a program imports. Every name here has a harmless run-time definition, so that tests can import the
 * same module that the compiler compiles.
 */
export * from "./core.js";
export * from "./tracepoints/syscalls.js";
