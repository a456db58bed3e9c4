// NativeRing: the consumer's side of one BPF_MAP_TYPE_RINGBUF, by the layout of the kernel's kernel/bpf/ringbuf.c: one
// page with the consumer position, one with the producer position, then the data mapped twice in a row so that no
// record is split. A record is an 8-byte header (length with busy and discard bits, page offset) and the payload,
// rounded up to 8. Waiting is left to the event loop (uv_poll on the map's descriptor).
#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "addon.h"

namespace ebpftsc {
namespace {

constexpr uint32_t kBusyBit = 1u << 31, kDiscardBit = 1u << 30;
constexpr uint64_t kHeaderSize = 8;

class NativeRing : public Napi::ObjectWrap<NativeRing> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeRing",
                       {
                           InstanceMethod<&NativeRing::open>("open"),
                           InstanceMethod<&NativeRing::drain>("drain"),
                           InstanceMethod<&NativeRing::pending>("pending"),
                           InstanceMethod<&NativeRing::watch>("watch"),
                           InstanceMethod<&NativeRing::unwatch>("unwatch"),
                           InstanceMethod<&NativeRing::close>("close"),
                       });
  }

  explicit NativeRing(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeRing>(info) {}
  ~NativeRing() override { release(); }

 private:
  using Info = const Napi::CallbackInfo&;

  // open(mapFd, ringBytes): 0 or -errno. ringBytes is the map's max_entries: a power of two, a multiple of the page.
  Napi::Value open(Info info) {
    if (!hasArguments(info, 2)) return info.Env().Undefined();
    release();
    page_ = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    size_ = static_cast<size_t>(info[1].ToNumber().Int64Value());
    fd_ = dup(info[0].ToNumber().Int32Value());
    if (fd_ < 0) return resultOf(info.Env(), -1);
    void* consumer = mmap(nullptr, page_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
    if (consumer == MAP_FAILED) return failOpen(info);
    consumer_ = static_cast<uint64_t*>(consumer);
    void* producer = mmap(nullptr, page_ + 2 * size_, PROT_READ, MAP_SHARED, fd_, static_cast<off_t>(page_));
    if (producer == MAP_FAILED) return failOpen(info);
    producer_ = static_cast<uint64_t*>(producer);
    data_ = static_cast<uint8_t*>(producer) + page_;
    return Napi::Number::New(info.Env(), 0);
  }

  Napi::Value failOpen(Info info) {
    const int error = errno;
    release();
    errno = error;
    return resultOf(info.Env(), -1);
  }

  // drain(maxRecords): {bytes, lengths}: payloads one after another, unpadded, and their lengths. The records' space is
  // given back to the kernel before return.
  Napi::Value drain(Info info) {
    if (!hasArguments(info, 1)) return info.Env().Undefined();
    const uint32_t most = info[0].ToNumber().Uint32Value();
    std::vector<uint8_t> bytes;
    std::vector<uint32_t> lengths;
    if (data_) {
      uint64_t at = __atomic_load_n(consumer_, __ATOMIC_ACQUIRE);
      const uint64_t end = __atomic_load_n(producer_, __ATOMIC_ACQUIRE);
      while (at < end && lengths.size() < most) {
        uint8_t* record = data_ + (at & (size_ - 1));
        const uint32_t header = __atomic_load_n(reinterpret_cast<uint32_t*>(record), __ATOMIC_ACQUIRE);
        if (header & kBusyBit) break;  // reserved, not yet submitted: what follows must wait for it
        const uint32_t length = header & ~(kBusyBit | kDiscardBit);
        if (!(header & kDiscardBit)) {
          bytes.insert(bytes.end(), record + kHeaderSize, record + kHeaderSize + length);
          lengths.push_back(length);
        }
        at += (kHeaderSize + length + 7) & ~uint64_t{7};
      }
      __atomic_store_n(consumer_, at, __ATOMIC_RELEASE);
    }
    Napi::Env env = info.Env();
    Napi::Uint32Array sizes = Napi::Uint32Array::New(env, lengths.size());
    if (!lengths.empty()) memcpy(sizes.Data(), lengths.data(), lengths.size() * sizeof(uint32_t));
    Napi::Object o = Napi::Object::New(env);
    o["bytes"] = copyOf(env, bytes.data(), bytes.size());
    o["lengths"] = sizes;
    return o;
  }

  // pending(): bytes between the consumer and the producer, headers included.
  Napi::Value pending(Info info) {
    if (!data_) return Napi::Number::New(info.Env(), 0);
    const uint64_t end = __atomic_load_n(producer_, __ATOMIC_ACQUIRE);
    return Napi::Number::New(info.Env(), static_cast<double>(end - __atomic_load_n(consumer_, __ATOMIC_ACQUIRE)));
  }

  // watch(callback): called, on the event loop, whenever there is something to drain. Keeps the loop alive.
  Napi::Value watch(Info info) {
    if (!hasArguments(info, 1) || !data_) return resultOf(info.Env(), (errno = EBADF, -1));
    stopPolling();
    uv_loop_t* loop = nullptr;
    napi_get_uv_event_loop(info.Env(), &loop);
    callback_ = Napi::Persistent(info[0].As<Napi::Function>());
    poll_ = new uv_poll_t;
    poll_->data = this;
    const int initialised = uv_poll_init(loop, poll_, fd_);
    if (initialised < 0) {
      delete poll_;
      poll_ = nullptr;
      return Napi::Number::New(info.Env(), initialised);
    }
    return Napi::Number::New(info.Env(), uv_poll_start(poll_, UV_READABLE, onReadable));
  }

  static void onReadable(uv_poll_t* poll, int, int) {
    auto* self = static_cast<NativeRing*>(poll->data);
    if (!self || self->callback_.IsEmpty()) return;
    Napi::Env env = self->Env();
    Napi::HandleScope scope(env);
    Napi::AsyncContext context(env, "ebpftsc.ring");
    self->callback_.MakeCallback(env.Global(), {}, context);
  }

  Napi::Value unwatch(Info info) {
    stopPolling();
    return info.Env().Undefined();
  }

  Napi::Value close(Info info) {
    release();
    return info.Env().Undefined();
  }

  void stopPolling() {
    if (poll_) {
      uv_poll_stop(poll_);
      poll_->data = nullptr;
      uv_close(reinterpret_cast<uv_handle_t*>(poll_), [](uv_handle_t* h) { delete reinterpret_cast<uv_poll_t*>(h); });
    }
    poll_ = nullptr;
    callback_.Reset();
  }

  void release() {
    stopPolling();
    if (consumer_) munmap(consumer_, page_);
    if (producer_) munmap(producer_, page_ + 2 * size_);
    if (fd_ >= 0) ::close(fd_);
    consumer_ = producer_ = nullptr;
    data_ = nullptr;
    fd_ = -1;
  }

  int fd_ = -1;
  size_t page_ = 0, size_ = 0;
  uint64_t* consumer_ = nullptr;
  uint64_t* producer_ = nullptr;
  uint8_t* data_ = nullptr;
  uv_poll_t* poll_ = nullptr;
  Napi::FunctionReference callback_;
};

}  // namespace

void registerRingBuffer(Napi::Env env, Napi::Object exports) { exports["NativeRing"] = NativeRing::define(env); }

}  // namespace ebpftsc
