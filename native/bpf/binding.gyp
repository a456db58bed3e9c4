# Builds bpf.node. libbpf is opened with dlopen at first use, so only its headers are needed here; nothing but libc,
# libm and libstdc++ (static) is linked.
{
  "targets": [
    {
      "target_name": "bpf",
      "sources": ["addon.cc", "libbpf.cc", "memory.cc", "network.cc", "object.cc", "ring-buffer.cc", "syscalls.cc"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": [
        "NAPI_VERSION=8",
        "NODE_ADDON_API_DISABLE_DEPRECATED",
        "NAPI_DISABLE_CPP_EXCEPTIONS",
        "_GNU_SOURCE"
      ],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": ["-std=c++17", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wno-missing-field-initializers", "-Wno-unused-parameter"],
      "ldflags": ["-Wl,--exclude-libs,ALL", "-Wl,-s", "-static-libstdc++", "-static-libgcc"],
      "libraries": ["-ldl"]
    }
  ]
}
