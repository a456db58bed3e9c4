// The compiler's contract inside the addon: textual LLVM IR in, a BPF ELF object (and on request assembly and optimised
// IR) out. No N-API type and no LLVM type appears here, so that addon.cc and forked.cc need no LLVM header.
// Invariant: every failure is an entry of `diagnostics`; `ok` is false whenever one of them is an error.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace ebpftsc {

struct Diagnostic {
  std::string severity;  // "error" | "warning" | "note"
  std::string kind;      // see index.ts, DiagnosticKind
  std::string message;
  std::string file, function;      // empty: unknown
  unsigned line = 0, column = 0;  // 1-based; 0: unknown
};

struct Options {
  std::string cpu = "v3";
  std::string name = "module.ll";
  bool wantAsm = false;
  bool wantIr = false;
};

// Milliseconds of wall time per stage.
struct Timing {
  double parse = 0, verify = 0, opt = 0, emit = 0, fork = 0;
};

struct Result {
  bool ok = false;
  bool fatal = false;  // LLVM gave up (fatal error, crash, time limit): not an ordinary diagnostic
  std::string object, asmText, irText;
  std::vector<Diagnostic> diagnostics;
  Timing timing;
};

inline void addError(Result& result, const char* kind, std::string message) {
  Diagnostic d;
  d.severity = "error";
  d.kind = kind;
  d.message = std::move(message);
  result.diagnostics.push_back(std::move(d));
}

double nowMs();

// Registers the BPF target and the fatal-error handler, once per process.
void initialiseLlvm();

// Compiles in this process. LLVM bugs that end in a signal end the process: see compileForked.
void compileInProcess(const std::string& ir, const Options& options, Result& result);

// Compiles in a fork()ed child that is killed after timeoutMs (0: no limit).
void compileForked(const std::string& ir, const Options& options, int timeoutMs, Result& result);

// Makes the child of the next compileForked now and lets it touch what every compile touches.
void prepareCompile();

// For the compiles above: runs the pipeline with fatal errors and exceptions turned into diagnostics, taking no lock.
void compileGuarded(const std::string& ir, const Options& options, Result& result);

// For compileGuarded: the pipeline itself.
void compileModule(const std::string& ir, const Options& options, Result& result);

}  // namespace ebpftsc
