// Length-prefixed fields in a fixed order, closed by an end mark.
#include "wire.h"

#include <cstdint>
#include <cstring>

namespace ebpftsc {
namespace {

constexpr uint32_t kEnd = 0x0e0bf00d;

class Writer {
 public:
  std::string bytes;
  template <typename T>
  void value(T v) {
    bytes.append(reinterpret_cast<const char*>(&v), sizeof v);
  }
  void text(const std::string& s) {
    value<uint64_t>(s.size());
    bytes.append(s);
  }
};

class Reader {
 public:
  explicit Reader(const std::string& bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}
  template <typename T>
  bool value(T& v) {
    if (static_cast<size_t>(end_ - at_) < sizeof v) return false;
    memcpy(&v, at_, sizeof v);
    at_ += sizeof v;
    return true;
  }
  bool text(std::string& s) {
    uint64_t size = 0;
    if (!value(size) || static_cast<uint64_t>(end_ - at_) < size) return false;
    s.assign(at_, size);
    at_ += size;
    return true;
  }

 private:
  const char* at_;
  const char* end_;
};

}  // namespace

std::string packRequest(const std::string& ir, const Options& options) {
  Writer w;
  for (const std::string* field : {&ir, &options.cpu, &options.name}) w.text(*field);
  w.value(options.wantAsm);
  w.value(options.wantIr);
  w.value(kEnd);
  return w.bytes;
}

bool unpackRequest(const std::string& bytes, std::string& ir, Options& options) {
  Reader r(bytes);
  uint32_t mark = 0;
  return r.text(ir) && r.text(options.cpu) && r.text(options.name) && r.value(options.wantAsm) &&
         r.value(options.wantIr) && r.value(mark) && mark == kEnd;
}

std::string packResult(const Result& result) {
  Writer w;
  w.value(result.ok);
  w.value(result.fatal);
  w.value(result.timing);
  w.text(result.object);
  w.text(result.asmText);
  w.text(result.irText);
  w.value<uint64_t>(result.diagnostics.size());
  for (const Diagnostic& d : result.diagnostics) {
    for (const std::string* field : {&d.severity, &d.kind, &d.message, &d.file, &d.function}) w.text(*field);
    w.value(d.line);
    w.value(d.column);
  }
  w.value(kEnd);
  return w.bytes;
}

bool unpackResult(const std::string& bytes, Result& result) {
  Reader r(bytes);
  uint64_t count = 0;
  bool whole = r.value(result.ok) && r.value(result.fatal) && r.value(result.timing) && r.text(result.object) &&
               r.text(result.asmText) && r.text(result.irText) && r.value(count);
  result.diagnostics.clear();
  for (uint64_t i = 0; whole && i < count; i++) {
    Diagnostic d;
    for (std::string* field : {&d.severity, &d.kind, &d.message, &d.file, &d.function}) whole = whole && r.text(*field);
    whole = whole && r.value(d.line) && r.value(d.column);
    result.diagnostics.push_back(std::move(d));
  }
  uint32_t mark = 0;
  return whole && r.value(mark) && mark == kEnd;
}

}  // namespace ebpftsc
