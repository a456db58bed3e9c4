// Code generation. The object keeps .BTF and .BTF.ext and loses the DWARF sections (what `llvm-strip -g` does): no
// BPF loader reads DWARF, and it is two thirds of the bytes.
#include "emit.h"

#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/ObjCopy/CommonConfig.h"
#include "llvm/ObjCopy/ELF/ELFConfig.h"
#include "llvm/ObjCopy/ELF/ELFObjcopy.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace llvm;

namespace ebpftsc {
namespace {

bool generate(Module& module, TargetMachine& machine, CodeGenFileType type, std::string& bytes, Result& result) {
  SmallVector<char, 0> buffer;
  raw_svector_ostream out(buffer);
  legacy::PassManager passes;
  passes.add(createTargetTransformInfoWrapperPass(machine.getTargetIRAnalysis()));
  passes.add(new TargetLibraryInfoWrapperPass(Triple(module.getTargetTriple())));
  if (machine.addPassesToEmitFile(passes, out, nullptr, type, /*DisableVerify=*/false)) {
    addError(result, "target", "LLVM's BPF target cannot emit this file type");
    return false;
  }
  passes.run(module);
  bytes.assign(buffer.begin(), buffer.end());
  return true;
}

bool stripDwarf(std::string& object, Result& result) {
  auto parsed = object::ObjectFile::createELFObjectFile(MemoryBufferRef(object, "object"));
  if (!parsed) {
    addError(result, "object", toString(parsed.takeError()));
    return false;
  }
  objcopy::CommonConfig config;
  config.StripDebug = true;
  config.OutputFilename = config.InputFilename = "object";
  SmallVector<char, 0> buffer;
  raw_svector_ostream out(buffer);
  auto& elf = static_cast<object::ELFObjectFileBase&>(**parsed);
  if (Error error = objcopy::elf::executeObjcopyOnBinary(config, objcopy::ELFConfig(), elf, out)) {
    addError(result, "object", toString(std::move(error)));
    return false;
  }
  object.assign(buffer.begin(), buffer.end());
  return true;
}

bool hasError(const Result& result) {
  for (const Diagnostic& d : result.diagnostics)
    if (d.severity == "error") return true;
  return false;
}

}  // namespace

void emitFiles(Module& module, TargetMachine& machine, const Options& options, Result& result) {
  if (options.wantAsm) {
    std::unique_ptr<Module> copy = CloneModule(module);
    if (!generate(*copy, machine, CodeGenFileType::AssemblyFile, result.asmText, result)) return;
  }
  std::string object;
  if (!generate(module, machine, CodeGenFileType::ObjectFile, object, result)) return;
  // After an error diagnostic LLVM goes on to write an object with a hole in it: never hand that out.
  if (hasError(result) || !stripDwarf(object, result)) return;
  result.object = std::move(object);
  result.ok = true;
}

}  // namespace ebpftsc
