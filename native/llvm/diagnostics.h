// Collects LLVM's diagnostics into a Result. Returning true from the handler is what stops LLVM from calling exit(1).
#pragma once

#include "compile.h"
#include "llvm/IR/DiagnosticHandler.h"

namespace ebpftsc {

class Collector : public llvm::DiagnosticHandler {
 public:
  explicit Collector(Result& result) : result_(result) {}
  bool handleDiagnostics(const llvm::DiagnosticInfo& info) override;

 private:
  Result& result_;
};

}  // namespace ebpftsc
