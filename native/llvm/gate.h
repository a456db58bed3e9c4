// One lock for the process: compiles in this process hold it shared, fork() holds it exclusively, so that no child is
// born while another thread is inside LLVM with a lock or a static half built.
#pragma once

#include <shared_mutex>

namespace ebpftsc {
std::shared_mutex& compileGate();
}
