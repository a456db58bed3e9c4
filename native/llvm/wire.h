// A request and a Result as bytes, for the socket between a forked compile and its parent. Both ends are the same binary, so there is
// no version and no byte order; lengths are still checked, because a crashing child may write half a message.
#pragma once

#include <string>

#include "compile.h"

namespace ebpftsc {

std::string packRequest(const std::string& ir, const Options& options);

// False when the bytes are not one whole message.
bool unpackRequest(const std::string& bytes, std::string& ir, Options& options);

std::string packResult(const Result& result);

// False when the bytes are not one whole message; `result` is then unspecified.
bool unpackResult(const std::string& bytes, Result& result);

}  // namespace ebpftsc
