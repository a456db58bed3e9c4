// Textual IR -> verified -> optimised module, by exactly clang 19's pipeline for -O2 -target bpf; emit.cc makes the
// files. One LLVMContext per compile, so any number of threads may compile at once.
#include "compile.h"

#include <chrono>
#include <memory>

#include "diagnostics.h"
#include "emit.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"

using namespace llvm;

namespace ebpftsc {

double nowMs() {
  using namespace std::chrono;
  return duration<double, std::milli>(steady_clock::now().time_since_epoch()).count();
}

namespace {

constexpr const char* kTriple = "bpfel";

std::unique_ptr<Module> parseText(const std::string& ir, const Options& options, LLVMContext& context, Result& result) {
  SMDiagnostic error;
  std::unique_ptr<Module> module = parseAssembly(MemoryBufferRef(ir, options.name), error, context);
  if (!module) {
    addError(result, "parse", error.getMessage().str());
    Diagnostic& d = result.diagnostics.back();
    d.file = options.name;
    if (error.getLineNo() > 0) d.line = static_cast<unsigned>(error.getLineNo());
    if (error.getColumnNo() >= 0) d.column = static_cast<unsigned>(error.getColumnNo()) + 1;
  }
  return module;
}

std::unique_ptr<TargetMachine> makeTarget(const Options& options, Result& result) {
  std::string error;
  const Target* target = TargetRegistry::lookupTarget(kTriple, error);
  if (!target) {
    addError(result, "target", error);
    return nullptr;
  }
  return std::unique_ptr<TargetMachine>(target->createTargetMachine(
      kTriple, options.cpu, "", TargetOptions(), Reloc::Static, std::nullopt, CodeGenOptLevel::Default));
}

// clang writes these on every function it defines; without "target-cpu" the subtarget of a function would be v1.
void setFunctionAttributes(Module& module, const Options& options) {
  for (Function& function : module) {
    if (function.isDeclaration()) continue;
    if (!function.hasFnAttribute("target-cpu")) function.addFnAttr("target-cpu", options.cpu);
    if (!function.hasFnAttribute("frame-pointer")) function.addFnAttr("frame-pointer", "all");
  }
}

// One section of each kind: loaders make one map of each section, and LLVM would put mergeable constants (strings, small
// tables) into sections of the same name or of names of their own (.rodata.str1.1, .rodata.cst16). Runs after the
// optimiser, which makes constants and marks them as mergeable.
void placeGlobals(Module& module) {
  for (GlobalVariable& global : module.globals()) {
    if (global.isDeclaration() || global.getSection() == "llvm.metadata") continue;
    if (!global.hasSection()) {
      const bool zero = global.hasInitializer() && global.getInitializer()->isNullValue();
      global.setSection(global.isConstant() ? ".rodata" : zero ? ".bss" : ".data");
    }
    global.setUnnamedAddr(GlobalValue::UnnamedAddr::None);
  }
}

bool verifyText(const Module& module, Result& result) {
  std::string text;
  raw_string_ostream out(text);
  bool brokenDebugInfo = false;
  const bool broken = verifyModule(module, &out, &brokenDebugInfo);
  if (!broken && !brokenDebugInfo) return true;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  addError(result, broken ? "verify" : "verify-debuginfo", text);
  return false;
}

void optimise(Module& module, TargetMachine& machine) {
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager sccs;
  ModuleAnalysisManager modules;
  PipelineTuningOptions tuning;
  tuning.LoopUnrolling = true;
  tuning.LoopInterleaving = true;
  tuning.LoopVectorization = true;
  tuning.SLPVectorization = true;
  // The constructor registers the BPF passes by itself; registering them again would run them twice.
  PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);
  builder.buildPerModuleDefaultPipeline(OptimizationLevel::O2).run(module, modules);
}

}  // namespace

void compileModule(const std::string& ir, const Options& options, Result& result) {
  double start = nowMs();
  auto lap = [&start] {
    const double end = nowMs(), spent = end - start;
    start = end;
    return spent;
  };
  LLVMContext context;
  context.setDiagnosticHandler(std::make_unique<Collector>(result));
  std::unique_ptr<Module> module = parseText(ir, options, context, result);
  // Legal only after a textual parse: the text refers to values by name.
  context.setDiscardValueNames(!options.wantIr);
  result.timing.parse = lap();
  if (!module) return;

  std::unique_ptr<TargetMachine> machine = makeTarget(options, result);
  if (!machine) return;
  module->setTargetTriple(kTriple);
  module->setDataLayout(machine->createDataLayout());
  setFunctionAttributes(*module, options);
  const bool valid = verifyText(*module, result);
  result.timing.verify = lap();
  if (!valid) return;

  optimise(*module, *machine);
  placeGlobals(*module);
  result.timing.opt = lap();
  if (options.wantIr) {
    raw_string_ostream out(result.irText);
    module->print(out, nullptr);
  }
  emitFiles(*module, *machine, options, result);
  result.timing.emit = lap();
}

}  // namespace ebpftsc
