// NativeObject: one libbpf bpf_object. Opened from memory, changed through setters, loaded once; libbpf owns the file
// descriptors of its programs and maps until close(). Setters return 0 or -errno (-ENOENT for an unknown name).
#include <cerrno>

#include "addon.h"
#include "libbpf.h"

namespace ebpftsc {
namespace {

class NativeObject : public Napi::ObjectWrap<NativeObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeObject",
                       {
                           InstanceMethod<&NativeObject::open>("open"),
                           InstanceMethod<&NativeObject::programs>("programs"),
                           InstanceMethod<&NativeObject::maps>("maps"),
                           InstanceMethod<&NativeObject::setAutoload>("setAutoload"),
                           InstanceMethod<&NativeObject::setProgramType>("setProgramType"),
                           InstanceMethod<&NativeObject::setProgramFlags>("setProgramFlags"),
                           InstanceMethod<&NativeObject::setLogLevel>("setLogLevel"),
                           InstanceMethod<&NativeObject::setMaxEntries>("setMaxEntries"),
                           InstanceMethod<&NativeObject::setPinPath>("setPinPath"),
                           InstanceMethod<&NativeObject::reuseMap>("reuseMap"),
                           InstanceMethod<&NativeObject::initialValue>("initialValue"),
                           InstanceMethod<&NativeObject::setInitialValue>("setInitialValue"),
                           InstanceMethod<&NativeObject::load>("load"),
                           InstanceMethod<&NativeObject::programFd>("programFd"),
                           InstanceMethod<&NativeObject::mapFd>("mapFd"),
                           InstanceMethod<&NativeObject::close>("close"),
                       });
  }

  explicit NativeObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeObject>(info) {}
  ~NativeObject() override { release(); }

 private:
  using Info = const Napi::CallbackInfo&;

  void release() {
    if (object_) lib_->bpf_object__close(object_);
    object_ = nullptr;
  }

  bool ready(Info info, size_t arguments) {
    if (!hasArguments(info, arguments)) return false;
    if (object_) return true;
    Napi::Error::New(info.Env(), "the object is closed").ThrowAsJavaScriptException();
    return false;
  }

  static Napi::Value number(Info info, long value) { return Napi::Number::New(info.Env(), static_cast<double>(value)); }

  bpf_program* programAt(Info info, size_t i) {
    return lib_->bpf_object__find_program_by_name(object_, info[i].ToString().Utf8Value().c_str());
  }
  // By name, or by number in the order of maps(): an object may have several data sections of one name.
  bpf_map* mapAt(Info info, size_t i) {
    if (info[i].IsNumber()) {
      bpf_map* map = nullptr;
      int32_t left = info[i].ToNumber().Int32Value();
      while ((map = lib_->bpf_object__next_map(object_, map)) && left-- > 0) {
      }
      return map;
    }
    return lib_->bpf_object__find_map_by_name(object_, info[i].ToString().Utf8Value().c_str());
  }

  // {result, log}: what libbpf printed belongs to the failure.
  static Napi::Value reply(Info info, int result, const PrintCapture& capture) {
    Napi::Object o = Napi::Object::New(info.Env());
    o["result"] = Napi::Number::New(info.Env(), result);
    o["log"] = Napi::String::New(info.Env(), capture.text);
    return o;
  }

  // open(bytes, name)
  Napi::Value open(Info info) {
    if (!hasArguments(info, 2)) return info.Env().Undefined();
    std::string why;
    lib_ = libbpf(&why);
    if (!lib_) {
      Napi::Error::New(info.Env(), why).ThrowAsJavaScriptException();
      return info.Env().Undefined();
    }
    const Bytes bytes = bytesOf(info[0]);
    const std::string name = info[1].ToString().Utf8Value();
    release();
    bpf_object_open_opts options{};
    options.sz = sizeof options;
    options.object_name = name.c_str();
    PrintCapture capture;
    errno = 0;
    object_ = lib_->bpf_object__open_mem(bytes.data, bytes.size, &options);
    return reply(info, object_ ? 0 : -(errno ? errno : EINVAL), capture);
  }

  Napi::Value programs(Info info) {
    if (!ready(info, 0)) return info.Env().Undefined();
    Napi::Array list = Napi::Array::New(info.Env());
    for (bpf_program* p = nullptr; (p = lib_->bpf_object__next_program(object_, p));) {
      Napi::Object o = Napi::Object::New(info.Env());
      o["name"] = Napi::String::New(info.Env(), lib_->bpf_program__name(p));
      o["section"] = Napi::String::New(info.Env(), lib_->bpf_program__section_name(p));
      o["type"] = Napi::Number::New(info.Env(), lib_->bpf_program__type(p));
      o["expectedAttachType"] = Napi::Number::New(info.Env(), lib_->bpf_program__expected_attach_type(p));
      o["insns"] = Napi::Number::New(info.Env(), static_cast<double>(lib_->bpf_program__insn_cnt(p)));
      o["autoload"] = Napi::Boolean::New(info.Env(), lib_->bpf_program__autoload(p));
      list[list.Length()] = o;
    }
    return list;
  }

  Napi::Value maps(Info info) {
    if (!ready(info, 0)) return info.Env().Undefined();
    Napi::Array list = Napi::Array::New(info.Env());
    for (bpf_map* m = nullptr; (m = lib_->bpf_object__next_map(object_, m));) {
      Napi::Object o = Napi::Object::New(info.Env());
      o["name"] = Napi::String::New(info.Env(), lib_->bpf_map__name(m));
      o["type"] = Napi::Number::New(info.Env(), lib_->bpf_map__type(m));
      o["keySize"] = Napi::Number::New(info.Env(), lib_->bpf_map__key_size(m));
      o["valueSize"] = Napi::Number::New(info.Env(), lib_->bpf_map__value_size(m));
      o["maxEntries"] = Napi::Number::New(info.Env(), lib_->bpf_map__max_entries(m));
      o["flags"] = Napi::Number::New(info.Env(), lib_->bpf_map__map_flags(m));
      o["keyTypeId"] = Napi::Number::New(info.Env(), lib_->bpf_map__btf_key_type_id(m));
      o["valueTypeId"] = Napi::Number::New(info.Env(), lib_->bpf_map__btf_value_type_id(m));
      o["internal"] = Napi::Boolean::New(info.Env(), lib_->bpf_map__is_internal(m));
      list[list.Length()] = o;
    }
    return list;
  }

  // setAutoload(program, on)
  Napi::Value setAutoload(Info info) {
    if (!ready(info, 2)) return info.Env().Undefined();
    bpf_program* p = programAt(info, 0);
    return number(info, p ? lib_->bpf_program__set_autoload(p, info[1].ToBoolean().Value()) : -ENOENT);
  }

  // setProgramType(program, type, expectedAttachType)
  Napi::Value setProgramType(Info info) {
    if (!ready(info, 3)) return info.Env().Undefined();
    bpf_program* p = programAt(info, 0);
    if (!p) return number(info, -ENOENT);
    const int result = lib_->bpf_program__set_type(p, static_cast<bpf_prog_type>(info[1].ToNumber().Int32Value()));
    if (result) return number(info, result);
    return number(info, lib_->bpf_program__set_expected_attach_type(
                            p, static_cast<bpf_attach_type>(info[2].ToNumber().Int32Value())));
  }

  // setProgramFlags(program, flags)
  Napi::Value setProgramFlags(Info info) {
    if (!ready(info, 2)) return info.Env().Undefined();
    bpf_program* p = programAt(info, 0);
    return number(info, p ? lib_->bpf_program__set_flags(p, info[1].ToNumber().Uint32Value()) : -ENOENT);
  }

  // setLogLevel(program, level)
  Napi::Value setLogLevel(Info info) {
    if (!ready(info, 2)) return info.Env().Undefined();
    bpf_program* p = programAt(info, 0);
    return number(info, p ? lib_->bpf_program__set_log_level(p, info[1].ToNumber().Uint32Value()) : -ENOENT);
  }

  // setMaxEntries(map, entries)
  Napi::Value setMaxEntries(Info info) {
    if (!ready(info, 2)) return info.Env().Undefined();
    bpf_map* m = mapAt(info, 0);
    return number(info, m ? lib_->bpf_map__set_max_entries(m, info[1].ToNumber().Uint32Value()) : -ENOENT);
  }

  // setPinPath(map, path): pinned there by load(), or reused from there; not pinned at all without a path.
  Napi::Value setPinPath(Info info) {
    if (!ready(info, 2)) return info.Env().Undefined();
    bpf_map* m = mapAt(info, 0);
    if (!m) return number(info, -ENOENT);
    if (info[1].IsUndefined()) return number(info, lib_->bpf_map__set_pin_path(m, nullptr));
    return number(info, lib_->bpf_map__set_pin_path(m, info[1].ToString().Utf8Value().c_str()));
  }

  // reuseMap(map, fd): libbpf duplicates the descriptor.
  Napi::Value reuseMap(Info info) {
    if (!ready(info, 2)) return info.Env().Undefined();
    bpf_map* m = mapAt(info, 0);
    return number(info, m ? lib_->bpf_map__reuse_fd(m, info[1].ToNumber().Int32Value()) : -ENOENT);
  }

  // initialValue(map): a copy, or undefined when the map is not a data section of this object.
  Napi::Value initialValue(Info info) {
    if (!ready(info, 1)) return info.Env().Undefined();
    bpf_map* m = mapAt(info, 0);
    size_t size = 0;
    const void* data = m ? lib_->bpf_map__initial_value(m, &size) : nullptr;
    return data ? copyOf(info.Env(), data, size) : info.Env().Undefined();
  }

  // setInitialValue(map, bytes)
  Napi::Value setInitialValue(Info info) {
    if (!ready(info, 2)) return info.Env().Undefined();
    bpf_map* m = mapAt(info, 0);
    const Bytes bytes = bytesOf(info[1]);
    return number(info, m ? lib_->bpf_map__set_initial_value(m, bytes.data, bytes.size) : -ENOENT);
  }

  Napi::Value load(Info info) {
    if (!ready(info, 0)) return info.Env().Undefined();
    PrintCapture capture;
    const int result = lib_->bpf_object__load(object_);
    return reply(info, result, capture);
  }

  Napi::Value programFd(Info info) {
    if (!ready(info, 1)) return info.Env().Undefined();
    bpf_program* p = programAt(info, 0);
    return number(info, p ? lib_->bpf_program__fd(p) : -ENOENT);
  }

  Napi::Value mapFd(Info info) {
    if (!ready(info, 1)) return info.Env().Undefined();
    bpf_map* m = mapAt(info, 0);
    return number(info, m ? lib_->bpf_map__fd(m) : -ENOENT);
  }

  Napi::Value close(Info info) {
    release();
    return info.Env().Undefined();
  }

  const Libbpf* lib_ = nullptr;
  bpf_object* object_ = nullptr;
};

}  // namespace

void registerObject(Napi::Env env, Napi::Object exports) { exports["NativeObject"] = NativeObject::define(env); }

}  // namespace ebpftsc
