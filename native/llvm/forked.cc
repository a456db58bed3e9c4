// One compile in a fork()ed child (no exec: LLVM is already mapped and relocated, so this costs about a millisecond).
// The child starts from pristine LLVM state, cannot take Node down by a signal, an exit or by running out of memory,
// can be killed when time is up, and leaks nothing in the parent.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "compile.h"
#include "gate.h"
#include "wire.h"

namespace ebpftsc {
namespace {

constexpr int kPipeFd = 3;

void writeAll(int fd, const std::string& bytes) {
  const char* at = bytes.data();
  size_t left = bytes.size();
  while (left > 0) {
    const ssize_t n = write(fd, at, left);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) _exit(99);
    at += n;
    left -= static_cast<size_t>(n);
  }
}

[[noreturn]] void runChild(int out, pid_t parent, const std::string& ir, const Options& options) {
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
  if (out != kPipeFd) dup2(out, kPipeFd);
  if (null >= 0)
    for (int fd : {0, 1, 2}) dup2(null, fd);
  syscall(SYS_close_range, kPipeFd + 1u, ~0u, 0u);  // sockets and BPF links of the parent must not outlive it here

  Result result;
  compileGuarded(ir, options, result);
  writeAll(kPipeFd, packResult(result));
  _exit(0);
}

// Reads until end of file; false when time is up.
bool readAll(int fd, int timeoutMs, std::string& bytes) {
  const double end = nowMs() + timeoutMs;
  char buffer[65536];
  for (;;) {
    int left = -1;
    if (timeoutMs > 0) {
      left = static_cast<int>(end - nowMs());
      if (left <= 0) return false;
    }
    pollfd wait{fd, POLLIN, 0};
    const int ready = poll(&wait, 1, left);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return false;
    const ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return true;
    bytes.append(buffer, static_cast<size_t>(n));
  }
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

void compileForked(const std::string& ir, const Options& options, int timeoutMs, Result& result) {
  initialiseLlvm();
  int pipeFds[2];
  if (pipe2(pipeFds, O_CLOEXEC)) {
    result.fatal = true;
    return addError(result, "fork", std::string("pipe: ") + strerror(errno));
  }
  const double start = nowMs();
  const pid_t parent = getpid();
  compileGate().lock();
  const pid_t child = fork();
  if (child == 0) runChild(pipeFds[1], parent, ir, options);  // takes no lock: it is alone
  const int forkError = errno;
  compileGate().unlock();
  close(pipeFds[1]);
  const double forkMs = nowMs() - start;
  if (child < 0) {
    close(pipeFds[0]);
    result.fatal = true;
    return addError(result, "fork", std::string("fork: ") + strerror(forkError));
  }
  std::string bytes;
  const bool inTime = readAll(pipeFds[0], timeoutMs, bytes);
  close(pipeFds[0]);
  if (!inTime) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!inTime) {
    result = Result();
    result.fatal = true;
    addError(result, "timeout", "LLVM did not finish within " + std::to_string(timeoutMs) + " ms");
  } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !unpackResult(bytes, result)) {
    explainDeath(status, result);
  }
  result.timing.fork = forkMs;
}

}  // namespace ebpftsc
