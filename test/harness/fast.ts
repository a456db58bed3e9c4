/**
 * `npm run test:fast` (EBPFTSC_FAST=1): what it leaves out, and where generators make less. Everything else runs as in `npm test`;
 * under two minutes on two cores. A file goes here when it takes more than about ten seconds by itself.
 */

/** Files that are left out, and what is then not tested. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  "test/analysis/records.test.ts": "generated records that leak",
  "test/cli/check-precheck.test.ts": "check beside the pre-check",
  "test/cli/demo.test.ts": "the demo",
  "test/cli/first-program.test.ts": "the README from the packed package",
  "test/cli/hostile-names.test.ts": "control characters in names, command by command",
  "test/cli/load.test.ts": "ebpftsc load",
  "test/cli/package.test.ts": "the packed package",
  "test/cli/watch.test.ts": "build --watch",
  "test/diagnostics/catalogue.test.ts": "examples of the catalogue",
  "test/diagnostics/mutations.test.ts": "broken sources",
  "test/diagnostics/precheck-examples.test.ts": "examples of pre-check errors",
  "test/fuzz/objects.test.ts": "broken objects",
  "test/kernel/rejection.test.ts": "rejections of the kernel",
  "test/precheck/explain.test.ts": "explanations",
  "test/precheck/facts.test.ts": "facts of explanations",
  "test/precheck/kernel.test.ts": "rules beside the kernel",
  "test/precheck/messages/kernel-messages.test.ts": "messages of kernels",
  "test/precheck/programs.test.ts": "whole programs in the pre-check",
  "test/precheck/tables.test.ts": "tables beside the kernel",
  "test/precheck/walked.test.ts": "instructions walked beside the kernel",
  "test/run/programs.test.ts": "whole programs on random frames",
  "test/run/run.test.ts": "every construct for every instruction set",
  "test/soundness/soundness.test.ts": "soundness of the pre-check",
  "test/testing/vitest-plugin.test.ts": "the vitest plugin",
  "test/vm/context-rules.test.ts": "contexts, program by program",
  "test/vm/engines.test.ts": "random programs on both engines",
  "test/vm/foreign.test.ts": "objects of other projects in the machine",
  "test/vm/kernel.test.ts": "random programs beside the kernel",
  "test/vm/lru-kernel.test.ts": "LRU maps beside the kernel",
  "test/vm/mutations.test.ts": "mutations of the machine",
};

/** Sizes of generators. */
export const SMALLER: Readonly<Record<string, string>> = {
  EBPFTSC_NATURAL: "10",
  EBPFTSC_EXPRESSIONS: "4",
  EBPFTSC_FRAMES: "300",
  EBPFTSC_PROGRAMS: "4",
};

export const isFast: boolean = process.env["EBPFTSC_FAST"] === "1";
