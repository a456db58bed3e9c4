// One compile in a fork()ed child (no exec: LLVM is already mapped and relocated, so this costs about a millisecond).
// The child starts from pristine LLVM state, cannot take Node down by a signal, an exit or by running out of memory,
// can be killed when time is up, and leaks nothing in the parent. It reads its request from a socket, so that it can be
// born before there is one: a child that prepareCompile() made has touched LLVM's pages on another core meanwhile.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <mutex>
#include <utility>

#include "compile.h"
#include "gate.h"
#include "wire.h"

namespace ebpftsc {
namespace {

constexpr int kSocketFd = 3;
constexpr double kForever = std::numeric_limits<double>::infinity();

// What every compile touches (parser, optimiser, instruction selection, BTF), in a few lines.
constexpr const char* kWarmUp = R"(
define i32 @f(ptr %p, i64 %n) section "xdp" !dbg !4 {
entry:
  %s = alloca [8 x i8], align 8
  %v = load i64, ptr %p, align 8, !dbg !9
  %c = icmp ugt i64 %v, %n, !dbg !9
  br i1 %c, label %a, label %b, !dbg !9
a:
  store i64 %v, ptr %s, align 8, !dbg !9
  %r = call i64 inttoptr (i64 1 to ptr)(ptr %p, ptr %s), !dbg !9
  %t = trunc i64 %r to i32, !dbg !9
  br label %b, !dbg !9
b:
  %x = phi i32 [ %t, %a ], [ 2, %entry ]
  ret i32 %x, !dbg !9
}
!llvm.module.flags = !{!0, !1}
!llvm.dbg.cu = !{!2}
!0 = !{i32 2, !"Debug Info Version", i32 3}
!1 = !{i32 7, !"Dwarf Version", i32 5}
!2 = distinct !DICompileUnit(language: DW_LANG_C11, file: !3, producer: "w", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug)
!3 = !DIFile(filename: "w.ts", directory: "/")
!4 = distinct !DISubprogram(name: "f", scope: !3, file: !3, line: 1, type: !5, scopeLine: 1, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !2)
!5 = !DISubroutineType(types: !6)
!6 = !{!7, !8, !8}
!7 = !DIBasicType(name: "int", size: 32, encoding: DW_ATE_signed)
!8 = !DIDerivedType(tag: DW_TAG_pointer_type, baseType: !7, size: 64)
!9 = !DILocation(line: 1, column: 1, scope: !4)
)";

// Sends all bytes and then end of file; false when the child is gone or time is up. No SIGPIPE, whoever the host is.
bool sendAll(int fd, const std::string& bytes, double end) {
  const char* at = bytes.data();
  size_t left = bytes.size();
  while (left > 0) {
    const ssize_t n = send(fd, at, left, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) {
      at += n;
      left -= static_cast<size_t>(n);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return false;
    pollfd wait{fd, POLLOUT, 0};
    const double rest = end - nowMs();
    if (rest <= 0) return false;
    poll(&wait, 1, static_cast<int>(rest < 1000 ? rest + 1 : 1000));
  }
  return shutdown(fd, SHUT_WR) == 0;
}

// Reads until end of file; false when time is up.
bool readAll(int fd, double end, std::string& bytes) {
  char buffer[65536];
  for (;;) {
    const double rest = end - nowMs();
    if (rest <= 0) return false;
    pollfd wait{fd, POLLIN, 0};
    const int ready = poll(&wait, 1, static_cast<int>(rest < 1e6 ? rest + 1 : 1e6));
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    const ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return true;
    bytes.append(buffer, static_cast<size_t>(n));
  }
}

[[noreturn]] void runChild(int out, pid_t parent, bool warm) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(98);
  for (int s : {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGTERM, SIGINT, SIGHUP, SIGPIPE}) signal(s, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const rlimit noCore{0, 0};
  setrlimit(RLIMIT_CORE, &noCore);
  // If memory runs out, the kernel should pick this child and not the user's process.
  const int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (score >= 0) {
    if (write(score, "1000", 4) < 0) { /* best effort */
    }
    close(score);
  }
  // LLVM prints some of its last words by itself; they are told as a diagnostic instead.
  const int null = open("/dev/null", O_RDWR);
  if (out != kSocketFd) dup2(out, kSocketFd);
  if (null >= 0)
    for (int fd : {0, 1, 2}) dup2(null, fd);
  syscall(SYS_close_range, kSocketFd + 1u, ~0u, 0u);  // sockets and BPF links of the parent must not outlive it here

  if (warm) {
    Result ignored;
    compileGuarded(kWarmUp, Options(), ignored);
  }
  std::string bytes, ir;
  Options options;
  Result result;
  readAll(kSocketFd, kForever, bytes);
  if (!unpackRequest(bytes, ir, options)) _exit(97);  // the parent needs nothing, or is gone
  bytes = std::string();
  compileGuarded(ir, options, result);
  _exit(sendAll(kSocketFd, packResult(result), kForever) ? 0 : 99);
}

struct Child {
  pid_t pid = -1;
  int fd = -1;
};

std::mutex preparedMutex;
Child prepared;

// A child that waits for its request; pid -1 and an error in `why` when there is none to be had.
Child spawn(bool warm, std::string& why) {
  initialiseLlvm();
  int fds[2];
  Child child;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds)) {
    why = std::string("socketpair: ") + strerror(errno);
    return child;
  }
  const pid_t parent = getpid();
  compileGate().lock();
  child.pid = fork();
  if (child.pid == 0) runChild(fds[1], parent, warm);  // takes no lock: it is alone
  const int forkError = errno;
  compileGate().unlock();
  close(fds[1]);
  child.fd = fds[0];
  if (child.pid < 0) {
    close(fds[0]);
    why = std::string("fork: ") + strerror(forkError);
  }
  return child;
}

int reap(const Child& child, bool isDone) {
  close(child.fd);
  if (!isDone) kill(child.pid, SIGKILL);
  int status = 0;
  while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

void explainDeath(int status, Result& result) {
  result = Result();
  result.fatal = true;
  if (WIFSIGNALED(status))
    addError(result, "crash", std::string("LLVM crashed on this module: ") + strsignal(WTERMSIG(status)));
  else
    addError(result, "crash", "LLVM ended its process with status " + std::to_string(WEXITSTATUS(status)));
}

}  // namespace

void prepareCompile() {
  std::string why;
  const std::lock_guard<std::mutex> lock(preparedMutex);
  if (prepared.pid < 0) prepared = spawn(true, why);  // without one, the compile makes its own and tells what is wrong
}

void compileForked(const std::string& ir, const Options& options, int timeoutMs, Result& result) {
  const double start = nowMs();
  const double end = timeoutMs > 0 ? start + timeoutMs : kForever;
  const std::string request = packRequest(ir, options);
  Child child;
  {
    const std::lock_guard<std::mutex> lock(preparedMutex);
    std::swap(child, prepared);
  }
  for (bool wasWaiting = child.pid >= 0;; wasWaiting = false) {
    std::string why;
    if (!wasWaiting) child = spawn(false, why);
    if (child.pid < 0) {
      result.fatal = true;
      return addError(result, "fork", why);
    }
    sendAll(child.fd, request, end);  // what goes wrong here shows in the answer
    const double forkMs = nowMs() - start;
    std::string bytes;
    const bool inTime = readAll(child.fd, end, bytes);
    const int status = reap(child, inTime);
    // Somebody ended it while it waited (most likely the kernel, for its memory): that says nothing of this module.
    if (wasWaiting && inTime && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) continue;
    if (!inTime) {
      result = Result();
      result.fatal = true;
      addError(result, "timeout", "LLVM did not finish within " + std::to_string(timeoutMs) + " ms");
    } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !unpackResult(bytes, result)) {
      explainDeath(status, result);
    }
    result.timing.fork = forkMs;
    return;
  }
}

}  // namespace ebpftsc
