// What the addon's parts share: registration, argument checks, and the error convention (a system call's result is the
// number itself, or -errno; nothing here throws for an errno).
#pragma once

#include <napi.h>

#include <cstdint>

namespace ebpftsc {

void registerSyscalls(Napi::Env env, Napi::Object exports);
void registerNetwork(Napi::Env env, Napi::Object exports);
void registerObject(Napi::Env env, Napi::Object exports);
void registerRingBuffer(Napi::Env env, Napi::Object exports);
void registerMemory(Napi::Env env, Napi::Object exports);

// True when there are at least `count` arguments; otherwise a TypeError is pending.
bool hasArguments(const Napi::CallbackInfo& info, size_t count);

// The bytes behind a Uint8Array; size 0 and null for anything else.
struct Bytes {
  uint8_t* data = nullptr;
  size_t size = 0;
  bool valid = false;
};
Bytes bytesOf(const Napi::Value& value);

// -errno of the last call if `result` is negative, else `result`.
Napi::Value resultOf(Napi::Env env, long result);

Napi::Uint8Array copyOf(Napi::Env env, const void* data, size_t size);

}  // namespace ebpftsc
