// N-API face of the compiler: compile(ir, options), compileAsync(ir, options) and prepare(). Arguments are checked by index.ts,
// the only importer; here a wrong type is a TypeError and nothing more.
#include <napi.h>

#include "compile.h"

namespace {

using namespace ebpftsc;

struct Request {
  std::string ir;
  Options options;
  bool isolate = true;
  int timeoutMs = 60000;
};

bool readRequest(const Napi::CallbackInfo& info, Request& request) {
  if (info.Length() != 2 || !info[0].IsString() || !info[1].IsObject()) {
    Napi::TypeError::New(info.Env(), "expected (string, object)").ThrowAsJavaScriptException();
    return false;
  }
  request.ir = info[0].As<Napi::String>().Utf8Value();
  Napi::Object o = info[1].As<Napi::Object>();
  request.options.cpu = o.Get("cpu").ToString().Utf8Value();
  request.options.name = o.Get("name").ToString().Utf8Value();
  request.options.wantAsm = o.Get("asm").ToBoolean().Value();
  request.options.wantIr = o.Get("ir").ToBoolean().Value();
  request.isolate = o.Get("isolate").ToBoolean().Value();
  request.timeoutMs = o.Get("timeoutMs").ToNumber().Int32Value();
  return true;
}

void run(const Request& request, Result& result) {
  if (request.isolate)
    compileForked(request.ir, request.options, request.timeoutMs, result);
  else
    compileInProcess(request.ir, request.options, result);
}

Napi::Object toJs(Napi::Env env, const Diagnostic& d) {
  Napi::Object o = Napi::Object::New(env);
  o["severity"] = Napi::String::New(env, d.severity);
  o["kind"] = Napi::String::New(env, d.kind);
  o["message"] = Napi::String::New(env, d.message);
  if (!d.file.empty()) o["file"] = Napi::String::New(env, d.file);
  if (!d.function.empty()) o["function"] = Napi::String::New(env, d.function);
  if (d.line > 0) o["line"] = Napi::Number::New(env, d.line);
  if (d.column > 0) o["column"] = Napi::Number::New(env, d.column);
  return o;
}

Napi::Object toJs(Napi::Env env, const Result& result) {
  Napi::Object o = Napi::Object::New(env);
  o["ok"] = Napi::Boolean::New(env, result.ok);
  o["fatal"] = Napi::Boolean::New(env, result.fatal);
  if (result.ok) {
    Napi::ArrayBuffer bytes = Napi::ArrayBuffer::New(env, result.object.size());
    std::copy(result.object.begin(), result.object.end(), static_cast<char*>(bytes.Data()));
    o["object"] = Napi::Uint8Array::New(env, result.object.size(), bytes, 0);
  }
  if (!result.asmText.empty()) o["asm"] = Napi::String::New(env, result.asmText);
  if (!result.irText.empty()) o["ir"] = Napi::String::New(env, result.irText);
  Napi::Array diagnostics = Napi::Array::New(env, result.diagnostics.size());
  for (uint32_t i = 0; i < result.diagnostics.size(); i++) diagnostics[i] = toJs(env, result.diagnostics[i]);
  o["diagnostics"] = diagnostics;
  Napi::Object timing = Napi::Object::New(env);
  timing["parse"] = result.timing.parse;
  timing["verify"] = result.timing.verify;
  timing["opt"] = result.timing.opt;
  timing["emit"] = result.timing.emit;
  timing["fork"] = result.timing.fork;
  o["timing"] = timing;
  return o;
}

Napi::Value compile(const Napi::CallbackInfo& info) {
  Request request;
  if (!readRequest(info, request)) return info.Env().Undefined();
  Result result;
  run(request, result);
  return toJs(info.Env(), result);
}

class Worker : public Napi::AsyncWorker {
 public:
  Worker(Napi::Env env, Request request)
      : Napi::AsyncWorker(env), request_(std::move(request)), deferred_(Napi::Promise::Deferred::New(env)) {}
  Napi::Promise promise() { return deferred_.Promise(); }
  void Execute() override { run(request_, result_); }
  void OnOK() override { deferred_.Resolve(toJs(Env(), result_)); }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Request request_;
  Result result_;
  Napi::Promise::Deferred deferred_;
};

Napi::Value compileAsync(const Napi::CallbackInfo& info) {
  Request request;
  if (!readRequest(info, request)) return info.Env().Undefined();
  auto* worker = new Worker(info.Env(), std::move(request));
  Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

void prepare(const Napi::CallbackInfo&) { prepareCompile(); }

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports["compile"] = Napi::Function::New(env, compile);
  exports["compileAsync"] = Napi::Function::New(env, compileAsync);
  exports["prepare"] = Napi::Function::New(env, prepare);
  return exports;
}

}  // namespace

NODE_API_MODULE(llvm, initialise)
