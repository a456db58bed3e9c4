// Keeps LLVM's ways of ending a process away from Node: report_fatal_error and bad_alloc come back by longjmp, C++
// exceptions by catch; both become a diagnostic and set `fatal`. Signals cannot be caught safely in a process that
// holds V8 (which uses SIGSEGV itself), so crashes need compileForked. A fatal error leaks what the pipeline held
// (0.5-0.8 MB): the price of not unwinding through code built without unwinding in mind.
#include <csetjmp>
#include <cstdio>
#include <exception>
#include <mutex>
#include <shared_mutex>

#include "compile.h"
#include "gate.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/PrettyStackTrace.h"

extern "C" {
void LLVMInitializeBPFTargetInfo();
void LLVMInitializeBPFTarget();
void LLVMInitializeBPFTargetMC();
void LLVMInitializeBPFAsmPrinter();
void LLVMInitializeBPFAsmParser();
}

namespace ebpftsc {

std::shared_mutex& compileGate() {
  static std::shared_mutex gate;
  return gate;
}

namespace {

struct FatalTrap {
  jmp_buf back;
  char reason[4096];
};
thread_local FatalTrap* armedTrap = nullptr;

void onFatalError(void*, const char* reason, bool) {
  FatalTrap* trap = armedTrap;
  if (!trap) return;  // not ours: LLVM goes on to exit
  armedTrap = nullptr;
  snprintf(trap->reason, sizeof trap->reason, "%s", reason ? reason : "no reason given");
  longjmp(trap->back, 1);
}

void setFlag(const char* name, const char* value) {
  auto& registered = llvm::cl::getRegisteredOptions();
  auto it = registered.find(name);
  if (it != registered.end()) it->second->addOccurrence(1, name, value);
}

}  // namespace

void initialiseLlvm() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeBPFTargetInfo();
    LLVMInitializeBPFTarget();
    LLVMInitializeBPFTargetMC();
    LLVMInitializeBPFAsmPrinter();
    LLVMInitializeBPFAsmParser();
    llvm::install_fatal_error_handler(onFatalError);
    llvm::install_bad_alloc_error_handler(onFatalError);
    // The text parser would otherwise "upgrade" invalid debug info by dropping it, and the object would load without
    // BTF and maps. compileModule verifies debug info itself and reports it.
    setFlag("disable-auto-upgrade-debug-info", "true");
    // A 64-bit counter summed in a loop has a closed form, for which LLVM multiplies in 128 bits: a libcall that BPF
    // does not have (__multi3). clang's `int` counters never get there.
    setFlag("replexitval", "never");
  });
}

void compileGuarded(const std::string& ir, const Options& options, Result& result) {
  initialiseLlvm();
  FatalTrap trap;
  FatalTrap* outer = armedTrap;
  const void* stackState = llvm::SavePrettyStackState();
  armedTrap = &trap;
  if (setjmp(trap.back) == 0) {
    try {
      compileModule(ir, options, result);
    } catch (const std::exception& e) {
      llvm::RestorePrettyStackState(stackState);
      result.fatal = true;
      addError(result, "exception", std::string("LLVM threw: ") + e.what());
    }
  } else {
    llvm::RestorePrettyStackState(stackState);
    result.fatal = true;
    addError(result, "fatal", trap.reason);
  }
  armedTrap = outer;
  for (const Diagnostic& d : result.diagnostics)
    if (d.severity == "error") result.ok = false;
  if (!result.ok) result.object.clear();
}

void compileInProcess(const std::string& ir, const Options& options, Result& result) {
  std::shared_lock<std::shared_mutex> shared(compileGate());
  compileGuarded(ir, options, result);
}

}  // namespace ebpftsc
