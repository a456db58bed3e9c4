// Opens libbpf once per process. Its messages are part of our errors (the verifier's log comes this way, whole: libbpf
// grows its own buffer up to 16 MB), so they go to the active PrintCapture and otherwise nowhere.
#include "libbpf.h"

#include <dlfcn.h>

#include <cstdarg>
#include <cstdio>

namespace ebpftsc {
namespace {

thread_local PrintCapture* activeCapture = nullptr;

int printToCapture(enum libbpf_print_level, const char* format, va_list arguments) {
  if (!activeCapture) return 0;
  va_list again;
  va_copy(again, arguments);
  const int size = vsnprintf(nullptr, 0, format, arguments);
  if (size > 0) {
    std::string& text = activeCapture->text;
    const size_t start = text.size();
    text.resize(start + static_cast<size_t>(size) + 1);
    vsnprintf(&text[start], static_cast<size_t>(size) + 1, format, again);
    text.resize(start + static_cast<size_t>(size));
  }
  va_end(again);
  return size;
}

struct Opened {
  Libbpf table{};
  std::string why;

  Opened() {
    void* library = dlopen("libbpf.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      why = dlerror();
      return;
    }
#define EBPFTSC_LOAD(name)                                              \
  table.name = reinterpret_cast<decltype(table.name)>(dlsym(library, #name)); \
  if (!table.name) why = "libbpf.so.1 lacks " #name;
    EBPFTSC_LIBBPF_FUNCTIONS(EBPFTSC_LOAD)
#undef EBPFTSC_LOAD
    if (why.empty()) table.libbpf_set_print(printToCapture);
  }
};

}  // namespace

const Libbpf* libbpf(std::string* why) {
  static const Opened opened;
  if (why) *why = opened.why;
  return opened.why.empty() ? &opened.table : nullptr;
}

PrintCapture::PrintCapture() : outer_(activeCapture) { activeCapture = this; }
PrintCapture::~PrintCapture() { activeCapture = outer_; }

}  // namespace ebpftsc
