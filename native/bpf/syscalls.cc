// System calls that Node has no binding for: bpf(2) with pointers patched into its attribute, perf_event_open and its
// ioctls, a detached file-system mount, setns, and interface names. Each returns the call's result or -errno.
#include <fcntl.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "addon.h"

namespace ebpftsc {
namespace {

// bpf(command, attr: Uint8Array, pointers: [offset, Uint8Array, offset, Uint8Array, ...]).
// The address of each array is written at its offset (8 bytes) before the call and cleared after it. The caller
// guarantees that every array is as large as the kernel will read or write: it knows the map's sizes, we don't.
Napi::Value bpf(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!hasArguments(info, 3)) return env.Undefined();
  const Bytes attr = bytesOf(info[1]);
  if (!info[0].IsNumber() || !attr.valid || !info[2].IsArray()) {
    Napi::TypeError::New(env, "expected (number, Uint8Array, array)").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  Napi::Array pointers = info[2].As<Napi::Array>();
  for (uint32_t i = 0; i + 1 < pointers.Length(); i += 2) {
    const uint32_t offset = Napi::Value(pointers[i]).ToNumber().Uint32Value();
    const Bytes target = bytesOf(pointers[i + 1]);
    if (!target.valid || offset + sizeof(uint64_t) > attr.size) {
      Napi::RangeError::New(env, "pointer outside the attribute").ThrowAsJavaScriptException();
      return env.Undefined();
    }
    const uint64_t address = reinterpret_cast<uintptr_t>(target.data);
    memcpy(attr.data + offset, &address, sizeof address);
  }
  const int command = info[0].As<Napi::Number>().Int32Value();
  const long result = syscall(SYS_bpf, command, attr.data, static_cast<unsigned>(attr.size));
  const int error = errno;
  for (uint32_t i = 0; i + 1 < pointers.Length(); i += 2)
    memset(attr.data + Napi::Value(pointers[i]).ToNumber().Uint32Value(), 0, sizeof(uint64_t));
  errno = error;
  return resultOf(env, result);
}

// openTracepointEvent(id): a disabled perf event for a tracepoint on all processes; the BPF program is attached to it
// by a link or by attachPerfEvent. CPU 0 with pid -1 is how libbpf does it: BPF runs for hits on every CPU.
Napi::Value openTracepointEvent(const Napi::CallbackInfo& info) {
  if (!hasArguments(info, 1)) return info.Env().Undefined();
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = PERF_TYPE_TRACEPOINT;
  attr.config = static_cast<uint64_t>(info[0].ToNumber().Int64Value());
  attr.sample_period = 1;
  attr.wakeup_events = 1;
  return resultOf(info.Env(), syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC));
}

// attachPerfEvent(eventFd, programFd): the way before links (Linux < 5.15); detached when eventFd is closed.
Napi::Value attachPerfEvent(const Napi::CallbackInfo& info) {
  if (!hasArguments(info, 2)) return info.Env().Undefined();
  return resultOf(info.Env(), ioctl(info[0].ToNumber().Int32Value(), PERF_EVENT_IOC_SET_BPF,
                                    info[1].ToNumber().Int32Value()));
}

Napi::Value enablePerfEvent(const Napi::CallbackInfo& info) {
  if (!hasArguments(info, 1)) return info.Env().Undefined();
  return resultOf(info.Env(), ioctl(info[0].ToNumber().Int32Value(), PERF_EVENT_IOC_ENABLE, 0));
}

// The new mount API (Linux 5.2), by number: Debian 12's headers have no wrappers that every libc shares.
constexpr unsigned kFsConfigCommandCreate = 6;

// mountDetached(type): a file descriptor of a fresh mount of "tracefs" or the like that no path leads to; it vanishes
// when the descriptor is closed, whatever happens to the process.
Napi::Value mountDetached(const Napi::CallbackInfo& info) {
  if (!hasArguments(info, 1)) return info.Env().Undefined();
  const std::string type = info[0].ToString().Utf8Value();
  const long fs = syscall(SYS_fsopen, type.c_str(), 1u /* FSOPEN_CLOEXEC */);
  if (fs < 0) return resultOf(info.Env(), fs);
  long mount = syscall(SYS_fsconfig, static_cast<int>(fs), kFsConfigCommandCreate, nullptr, nullptr, 0);
  if (mount >= 0) mount = syscall(SYS_fsmount, static_cast<int>(fs), 1u /* FSMOUNT_CLOEXEC */, 0u);
  const int error = errno;
  close(static_cast<int>(fs));
  errno = error;
  return resultOf(info.Env(), mount);
}

// setNetns(fd): moves the calling thread only; runtime/kernel moves it back at once.
Napi::Value setNetns(const Napi::CallbackInfo& info) {
  if (!hasArguments(info, 1)) return info.Env().Undefined();
  return resultOf(info.Env(), setns(info[0].ToNumber().Int32Value(), CLONE_NEWNET));
}

Napi::Value interfaceIndex(const Napi::CallbackInfo& info) {
  if (!hasArguments(info, 1)) return info.Env().Undefined();
  const unsigned index = if_nametoindex(info[0].ToString().Utf8Value().c_str());
  return resultOf(info.Env(), index == 0 ? -1 : static_cast<long>(index));
}

}  // namespace

void registerSyscalls(Napi::Env env, Napi::Object exports) {
  exports["bpf"] = Napi::Function::New(env, bpf);
  exports["openTracepointEvent"] = Napi::Function::New(env, openTracepointEvent);
  exports["attachPerfEvent"] = Napi::Function::New(env, attachPerfEvent);
  exports["enablePerfEvent"] = Napi::Function::New(env, enablePerfEvent);
  exports["mountDetached"] = Napi::Function::New(env, mountDetached);
  exports["setNetns"] = Napi::Function::New(env, setNetns);
  exports["interfaceIndex"] = Napi::Function::New(env, interfaceIndex);
}

}  // namespace ebpftsc
