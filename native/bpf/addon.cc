// Entry point and the few helpers of addon.h. No policy lives in this addon: which call, with which flags, is decided
// in runtime/kernel.
#include "addon.h"

#include <cerrno>
#include <cstring>

namespace ebpftsc {

bool hasArguments(const Napi::CallbackInfo& info, size_t count) {
  if (info.Length() >= count) return true;
  Napi::TypeError::New(info.Env(), "expected " + std::to_string(count) + " arguments").ThrowAsJavaScriptException();
  return false;
}

Bytes bytesOf(const Napi::Value& value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) return {};
  Napi::Uint8Array array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength(), true};
}

Napi::Value resultOf(Napi::Env env, long result) {
  return Napi::Number::New(env, result < 0 ? -static_cast<double>(errno) : static_cast<double>(result));
}

Napi::Uint8Array copyOf(Napi::Env env, const void* data, size_t size) {
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, size);
  if (size > 0) memcpy(buffer.Data(), data, size);
  return Napi::Uint8Array::New(env, size, buffer, 0);
}

}  // namespace ebpftsc

namespace {

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  ebpftsc::registerSyscalls(env, exports);
  ebpftsc::registerNetwork(env, exports);
  ebpftsc::registerObject(env, exports);
  ebpftsc::registerRingBuffer(env, exports);
  ebpftsc::registerMemory(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(bpf, initialise)
