// LLVM DiagnosticInfo -> Diagnostic: severity, a stable kind, the message without LLVM's decoration, and the place in
// the user's source when the IR carries debug locations. Remarks are dropped; exact repeats (LLVM reports some errors
// up to three times) are dropped too.
#include "diagnostics.h"

#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/Function.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace ebpftsc {
namespace {

const char* kindOf(const DiagnosticInfo& info) {
  switch (info.getKind()) {
    case DK_Unsupported: return "unsupported";
    case DK_ResourceLimit:
    case DK_StackSize: return "resource-limit";
    case DK_InlineAsm: return "inline-asm";
    case DK_SrcMgr: return "assembler";
    case DK_DontCall: return "dont-call";
    default: return "llvm";
  }
}

const char* severityOf(const DiagnosticInfo& info) {
  switch (info.getSeverity()) {
    case DS_Error: return "error";
    case DS_Warning: return "warning";
    default: return "note";
  }
}

void setPlace(const DiagnosticInfoWithLocationBase& located, Diagnostic& d) {
  d.function = located.getFunction().getName().str();
  if (!located.isLocationAvailable()) return;
  StringRef file;
  located.getLocation(file, d.line, d.column);
  d.file = file.str();
}

}  // namespace

bool Collector::handleDiagnostics(const DiagnosticInfo& info) {
  if (info.getSeverity() == DS_Remark) return true;
  Diagnostic d;
  d.severity = severityOf(info);
  d.kind = kindOf(info);
  raw_string_ostream text(d.message);
  if (auto* unsupported = dyn_cast<DiagnosticInfoUnsupported>(&info)) {
    setPlace(*unsupported, d);
    text << unsupported->getMessage().str();
  } else if (auto* source = dyn_cast<DiagnosticInfoSrcMgr>(&info)) {
    const SMDiagnostic& inner = source->getSMDiag();
    if (inner.getLineNo() > 0) d.line = static_cast<unsigned>(inner.getLineNo());
    if (inner.getColumnNo() >= 0) d.column = static_cast<unsigned>(inner.getColumnNo()) + 1;
    text << inner.getMessage();
  } else {
    if (auto* limit = dyn_cast<DiagnosticInfoResourceLimit>(&info)) setPlace(*limit, d);
    DiagnosticPrinterRawOStream printer(text);
    info.print(printer);
  }
  while (!d.message.empty() && (d.message.back() == '\n' || d.message.back() == ' ')) d.message.pop_back();
  for (const Diagnostic& seen : result_.diagnostics)
    if (seen.message == d.message && seen.line == d.line && seen.column == d.column && seen.function == d.function)
      return true;
  result_.diagnostics.push_back(std::move(d));
  return true;
}

}  // namespace ebpftsc
