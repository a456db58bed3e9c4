"""Reads the running kernel's sets of kernel functions: usage (root, libbpf, clang): read.py > sets.json
Output: per hook (enum btf_kfunc_hook) the set's flags, then [BTF id in vmlinux, KF_ flags] pairs."""
import ctypes, json, os, struct, subprocess, sys, tempfile

here = os.path.dirname(os.path.abspath(__file__))
work = tempfile.mkdtemp()
with open(f"{work}/vmlinux.h", "w") as header:
    subprocess.run(["bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c"], stdout=header, check=True)
target = f"{work}/sets.o"
subprocess.run(["clang-19", "-O2", "-g", "-w", "-target", "bpf", f"-I{work}", "-c", f"{here}/sets.bpf.c", "-o", target], check=True)

bpf = ctypes.CDLL("libbpf.so.1")
pointer = ctypes.c_void_p
for name in ("bpf_object__open_file", "bpf_object__find_program_by_name", "bpf_object__find_map_by_name"):
    getattr(bpf, name).restype = pointer
opened = pointer(bpf.bpf_object__open_file(target.encode(), None))
assert bpf.bpf_object__load(opened) == 0
program = bpf.bpf_program__fd(pointer(bpf.bpf_object__find_program_by_name(opened, b"run")))
bss = pointer(bpf.bpf_object__find_map_by_name(opened, b".bss"))
outs = bpf.bpf_map__fd(pointer(bpf.bpf_object__find_map_by_name(opened, b"outs")))
symbols = subprocess.run(["llvm-nm-19", target], capture_output=True, text=True, check=True).stdout
offset = next(int(l.split()[0], 16) for l in symbols.splitlines() if l.endswith(" fdno"))
vmlinux = bpf.bpf_btf_get_fd_by_id(1)
key = ctypes.c_int(0)
value = ctypes.create_string_buffer(bpf.bpf_map__value_size(bss))
struct.pack_into("<i", value, offset, vmlinux)
bpf.bpf_map_update_elem(bpf.bpf_map__fd(bss), ctypes.byref(key), value, ctypes.c_uint64(0))
options = (ctypes.c_uint64 * 12)()
options[0] = 96
assert bpf.bpf_prog_test_run_opts(program, ctypes.byref(options)) == 0
hooks = []
for hook in range(14):
    key.value = hook
    out = ctypes.create_string_buffer(8 + 512 * 8)
    bpf.bpf_map_lookup_elem(outs, ctypes.byref(key), out)
    count, flags = struct.unpack_from("<II", out, 0)
    hooks.append([flags] + [list(struct.unpack_from("<II", out, 8 + 8 * i)) for i in range(count)])
json.dump(hooks, sys.stdout)
