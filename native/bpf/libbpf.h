// libbpf as a table of function pointers, filled by dlopen("libbpf.so.1") at first use: a machine without the library
// can still load this addon, and one with a newer library gets the newer library.
// Invariant: after `libbpf()` returned non-null, every pointer in the table is set.
#pragma once

#include <bpf/libbpf.h>

#include <string>

namespace ebpftsc {

#define EBPFTSC_LIBBPF_FUNCTIONS(F) \
  F(libbpf_version_string)          \
  F(libbpf_set_print)               \
  F(bpf_object__open_mem)           \
  F(bpf_object__load)               \
  F(bpf_object__close)              \
  F(bpf_object__next_program)       \
  F(bpf_object__next_map)           \
  F(bpf_object__find_program_by_name) \
  F(bpf_object__find_map_by_name)   \
  F(bpf_program__name)              \
  F(bpf_program__section_name)      \
  F(bpf_program__type)              \
  F(bpf_program__set_type)          \
  F(bpf_program__expected_attach_type) \
  F(bpf_program__set_expected_attach_type) \
  F(bpf_program__autoload)          \
  F(bpf_program__set_autoload)      \
  F(bpf_program__set_flags)         \
  F(bpf_program__set_log_level)     \
  F(bpf_program__insn_cnt)          \
  F(bpf_program__fd)                \
  F(bpf_map__name)                  \
  F(bpf_map__type)                  \
  F(bpf_map__key_size)              \
  F(bpf_map__value_size)            \
  F(bpf_map__max_entries)           \
  F(bpf_map__set_max_entries)       \
  F(bpf_map__map_flags)             \
  F(bpf_map__btf_key_type_id)       \
  F(bpf_map__btf_value_type_id)     \
  F(bpf_map__is_internal)           \
  F(bpf_map__initial_value)         \
  F(bpf_map__set_initial_value)     \
  F(bpf_map__set_pin_path)          \
  F(bpf_map__reuse_fd)              \
  F(bpf_map__fd)                    \
  F(bpf_xdp_attach)                 \
  F(bpf_xdp_detach)                 \
  F(bpf_xdp_query_id)               \
  F(bpf_tc_hook_create)             \
  F(bpf_tc_hook_destroy)            \
  F(bpf_tc_attach)                  \
  F(bpf_tc_detach)                  \
  F(bpf_tc_query)

struct Libbpf {
#define EBPFTSC_MEMBER(name) decltype(&::name) name;
  EBPFTSC_LIBBPF_FUNCTIONS(EBPFTSC_MEMBER)
#undef EBPFTSC_MEMBER
};

// Null when the library, or one of its functions, is missing; `why` then says which.
const Libbpf* libbpf(std::string* why);

// While one of these lives, what libbpf prints on this thread is collected here instead of going to stderr.
class PrintCapture {
 public:
  PrintCapture();
  ~PrintCapture();
  std::string text;

 private:
  PrintCapture* outer_;
};

}  // namespace ebpftsc
