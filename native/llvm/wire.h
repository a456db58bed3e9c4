// A Result as bytes, for the pipe between a forked compile and its parent. Both ends are the same binary, so there is
// no version and no byte order; lengths are still checked, because a crashing child may write half a message.
#pragma once

#include <string>

#include "compile.h"

namespace ebpftsc {

std::string packResult(const Result& result);

// False when the bytes are not one whole message; `result` is then unspecified.
bool unpackResult(const std::string& bytes, Result& result);

}  // namespace ebpftsc
