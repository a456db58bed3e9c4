// Attachment by netlink, through libbpf: XDP without a link, and TC's clsact hook with cls_bpf filters. These stay
// until detached, unlike links. Each returns a result or -errno; libbpf's extended error text is left out.
#include <bpf/libbpf.h>

#include "addon.h"
#include "libbpf.h"

namespace ebpftsc {
namespace {

int intAt(const Napi::CallbackInfo& info, size_t i) { return info[i].ToNumber().Int32Value(); }
unsigned wordAt(const Napi::CallbackInfo& info, size_t i) { return info[i].ToNumber().Uint32Value(); }

// Null, with an exception pending, when there is no libbpf: callers check libbpfVersion() first.
const Libbpf* library(const Napi::CallbackInfo& info, size_t arguments) {
  if (!hasArguments(info, arguments)) return nullptr;
  std::string why;
  const Libbpf* table = libbpf(&why);
  if (!table) Napi::Error::New(info.Env(), why).ThrowAsJavaScriptException();
  return table;
}

// libbpf 1.x returns -errno by itself.
Napi::Value plain(Napi::Env env, long result) { return Napi::Number::New(env, static_cast<double>(result)); }

// libbpfVersion(): "v1.1", or an Error that says why there is none.
Napi::Value libbpfVersion(const Napi::CallbackInfo& info) {
  const Libbpf* lib = library(info, 0);
  return lib ? Napi::String::New(info.Env(), lib->libbpf_version_string()) : info.Env().Undefined();
}

// xdpAttach(ifindex, programFd, flags)
Napi::Value xdpAttach(const Napi::CallbackInfo& info) {
  const Libbpf* lib = library(info, 3);
  if (!lib) return info.Env().Undefined();
  PrintCapture quiet;
  return plain(info.Env(), lib->bpf_xdp_attach(intAt(info, 0), intAt(info, 1), wordAt(info, 2), nullptr));
}

// xdpDetach(ifindex, flags)
Napi::Value xdpDetach(const Napi::CallbackInfo& info) {
  const Libbpf* lib = library(info, 2);
  if (!lib) return info.Env().Undefined();
  PrintCapture quiet;
  return plain(info.Env(), lib->bpf_xdp_detach(intAt(info, 0), wordAt(info, 1), nullptr));
}

// xdpProgramId(ifindex, flags): 0 when nothing is attached.
Napi::Value xdpProgramId(const Napi::CallbackInfo& info) {
  const Libbpf* lib = library(info, 2);
  if (!lib) return info.Env().Undefined();
  PrintCapture quiet;
  __u32 id = 0;
  const int result = lib->bpf_xdp_query_id(intAt(info, 0), intAt(info, 1), &id);
  return plain(info.Env(), result < 0 ? result : static_cast<long>(id));
}

bpf_tc_hook hookOf(const Napi::CallbackInfo& info) {
  bpf_tc_hook hook{};
  hook.sz = sizeof hook;
  hook.ifindex = intAt(info, 0);
  hook.attach_point = static_cast<bpf_tc_attach_point>(wordAt(info, 1));
  return hook;
}

// tcHookCreate(ifindex, point): -EEXIST when the interface has a clsact qdisc already.
Napi::Value tcHookCreate(const Napi::CallbackInfo& info) {
  const Libbpf* lib = library(info, 2);
  if (!lib) return info.Env().Undefined();
  PrintCapture quiet;
  bpf_tc_hook hook = hookOf(info);
  return plain(info.Env(), lib->bpf_tc_hook_create(&hook));
}

// tcHookDestroy(ifindex, point): point BPF_TC_INGRESS|BPF_TC_EGRESS removes the qdisc itself.
Napi::Value tcHookDestroy(const Napi::CallbackInfo& info) {
  const Libbpf* lib = library(info, 2);
  if (!lib) return info.Env().Undefined();
  PrintCapture quiet;
  bpf_tc_hook hook = hookOf(info);
  return plain(info.Env(), lib->bpf_tc_hook_destroy(&hook));
}

// tcAttach(ifindex, point, programFd, priority): {handle, priority}, or -errno.
Napi::Value tcAttach(const Napi::CallbackInfo& info) {
  const Libbpf* lib = library(info, 4);
  if (!lib) return info.Env().Undefined();
  PrintCapture quiet;
  bpf_tc_hook hook = hookOf(info);
  bpf_tc_opts options{};
  options.sz = sizeof options;
  options.prog_fd = intAt(info, 2);
  options.priority = wordAt(info, 3);
  const int result = lib->bpf_tc_attach(&hook, &options);
  if (result < 0) return plain(info.Env(), result);
  Napi::Object attached = Napi::Object::New(info.Env());
  attached["handle"] = options.handle;
  attached["priority"] = options.priority;
  return attached;
}

// tcDetach(ifindex, point, handle, priority)
Napi::Value tcDetach(const Napi::CallbackInfo& info) {
  const Libbpf* lib = library(info, 4);
  if (!lib) return info.Env().Undefined();
  PrintCapture quiet;
  bpf_tc_hook hook = hookOf(info);
  bpf_tc_opts options{};
  options.sz = sizeof options;
  options.handle = wordAt(info, 2);
  options.priority = wordAt(info, 3);
  return plain(info.Env(), lib->bpf_tc_detach(&hook, &options));
}

// tcProgramId(ifindex, point, handle, priority): the id of the filter's program.
Napi::Value tcProgramId(const Napi::CallbackInfo& info) {
  const Libbpf* lib = library(info, 4);
  if (!lib) return info.Env().Undefined();
  PrintCapture quiet;
  bpf_tc_hook hook = hookOf(info);
  bpf_tc_opts options{};
  options.sz = sizeof options;
  options.handle = wordAt(info, 2);
  options.priority = wordAt(info, 3);
  const int result = lib->bpf_tc_query(&hook, &options);
  return plain(info.Env(), result < 0 ? result : static_cast<long>(options.prog_id));
}

}  // namespace

void registerNetwork(Napi::Env env, Napi::Object exports) {
  exports["libbpfVersion"] = Napi::Function::New(env, libbpfVersion);
  exports["xdpAttach"] = Napi::Function::New(env, xdpAttach);
  exports["xdpDetach"] = Napi::Function::New(env, xdpDetach);
  exports["xdpProgramId"] = Napi::Function::New(env, xdpProgramId);
  exports["tcHookCreate"] = Napi::Function::New(env, tcHookCreate);
  exports["tcHookDestroy"] = Napi::Function::New(env, tcHookDestroy);
  exports["tcAttach"] = Napi::Function::New(env, tcAttach);
  exports["tcDetach"] = Napi::Function::New(env, tcDetach);
  exports["tcProgramId"] = Napi::Function::New(env, tcProgramId);
}

}  // namespace ebpftsc
