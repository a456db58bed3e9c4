// Optimised module -> assembly text and object bytes.
#pragma once

#include "compile.h"

namespace llvm {
class Module;
class TargetMachine;
}  // namespace llvm

namespace ebpftsc {

// Consumes the module: code generation rewrites it. Sets result.ok when the object stands.
void emitFiles(llvm::Module& module, llvm::TargetMachine& machine, const Options& options, Result& result);

}  // namespace ebpftsc
