// NativeMemory: an mmapable map's values (an array map with BPF_F_MMAPABLE, as libbpf makes for .data and .bss) in this
// process. Reads and writes copy only the bytes asked for, so that setting one variable leaves its neighbours alone.
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "addon.h"

namespace ebpftsc {
namespace {

class NativeMemory : public Napi::ObjectWrap<NativeMemory> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeMemory",
                       {
                           InstanceMethod<&NativeMemory::open>("open"),
                           InstanceMethod<&NativeMemory::read>("read"),
                           InstanceMethod<&NativeMemory::write>("write"),
                           InstanceMethod<&NativeMemory::close>("close"),
                       });
  }
  explicit NativeMemory(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeMemory>(info) {}
  ~NativeMemory() override { release(); }

 private:
  using Info = const Napi::CallbackInfo&;

  // open(mapFd, bytes, writable): 0 or -errno.
  Napi::Value open(Info info) {
    if (!hasArguments(info, 3)) return info.Env().Undefined();
    release();
    const size_t size = static_cast<size_t>(info[1].ToNumber().Int64Value());
    const int protection = info[2].ToBoolean().Value() ? PROT_READ | PROT_WRITE : PROT_READ;
    void* memory = mmap(nullptr, size, protection, MAP_SHARED, info[0].ToNumber().Int32Value(), 0);
    if (memory == MAP_FAILED) return resultOf(info.Env(), -1);
    memory_ = static_cast<uint8_t*>(memory);
    size_ = size;
    writable_ = info[2].ToBoolean().Value();
    return Napi::Number::New(info.Env(), 0);
  }

  bool inside(Info info, uint64_t offset, uint64_t length) {
    if (memory_ && offset <= size_ && length <= size_ - offset) return true;
    Napi::RangeError::New(info.Env(), "outside the mapped memory").ThrowAsJavaScriptException();
    return false;
  }

  // A word is moved in one piece when it is aligned, so that a program never sees half of it.
  static void copy(uint8_t* to, const uint8_t* from, size_t length) {
    const auto aligned = [&](size_t n) { return length == n && (reinterpret_cast<uintptr_t>(to) | reinterpret_cast<uintptr_t>(from)) % n == 0; };
    if (aligned(8))
      __atomic_store_n(reinterpret_cast<uint64_t*>(to), __atomic_load_n(reinterpret_cast<const uint64_t*>(from), __ATOMIC_RELAXED), __ATOMIC_RELAXED);
    else if (aligned(4))
      __atomic_store_n(reinterpret_cast<uint32_t*>(to), __atomic_load_n(reinterpret_cast<const uint32_t*>(from), __ATOMIC_RELAXED), __ATOMIC_RELAXED);
    else
      memcpy(to, from, length);
  }

  // read(offset, length)
  Napi::Value read(Info info) {
    if (!hasArguments(info, 2)) return info.Env().Undefined();
    const uint64_t offset = info[0].ToNumber().Uint32Value(), length = info[1].ToNumber().Uint32Value();
    if (!inside(info, offset, length)) return info.Env().Undefined();
    Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(info.Env(), length);
    copy(static_cast<uint8_t*>(buffer.Data()), memory_ + offset, length);
    return Napi::Uint8Array::New(info.Env(), length, buffer, 0);
  }

  // write(offset, bytes)
  Napi::Value write(Info info) {
    if (!hasArguments(info, 2)) return info.Env().Undefined();
    const uint64_t offset = info[0].ToNumber().Uint32Value();
    const Bytes bytes = bytesOf(info[1]);
    if (!writable_ || !inside(info, offset, bytes.size)) return info.Env().Undefined();
    copy(memory_ + offset, bytes.data, bytes.size);
    return info.Env().Undefined();
  }

  Napi::Value close(Info info) {
    release();
    return info.Env().Undefined();
  }

  void release() {
    if (memory_) munmap(memory_, size_);
    memory_ = nullptr;
  }

  uint8_t* memory_ = nullptr;
  size_t size_ = 0;
  bool writable_ = false;
};

}  // namespace

void registerMemory(Napi::Env env, Napi::Object exports) { exports["NativeMemory"] = NativeMemory::define(env); }

}  // namespace ebpftsc
