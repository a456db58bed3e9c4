# Builds llvm.node: LLVM 19 linked statically (BPF target only), nothing of LLVM exported, so that the binary runs
# on machines without LLVM and cannot clash with another LLVM in the process. Needs llvm-19-dev, zlib and zstd.
{
  "variables": { "llvm_config%": "llvm-config-19" },
  "targets": [
    {
      "target_name": "llvm",
      "sources": ["addon.cc", "compile.cc", "diagnostics.cc", "emit.cc", "forked.cc", "guard.cc", "wire.cc"],
      "include_dirs": [
        "<!(node -p \"require('node-addon-api').include_dir\")",
        "<!(<(llvm_config) --includedir)"
      ],
      "defines": [
        "NAPI_VERSION=8",
        "NODE_ADDON_API_DISABLE_DEPRECATED",
        "NAPI_DISABLE_CPP_EXCEPTIONS",
        "_GNU_SOURCE",
        "__STDC_CONSTANT_MACROS",
        "__STDC_FORMAT_MACROS",
        "__STDC_LIMIT_MACROS"
      ],
      # Exceptions stay on: LLVM calls std:: functions that throw (std::stoull on a malformed CO-RE name) and guard.cc
      # must catch them. RTTI is off because Debian's LLVM is built without it.
      "cflags!": ["-O3"],
      "cflags_cc!": ["-fno-exceptions", "-std=gnu++17", "-std=gnu++20", "-O3"],
      "cflags_cc": [
        "-std=c++17", "-O1", "-fno-rtti", "-funwind-tables", "-fvisibility=hidden",
        "-ffunction-sections", "-fdata-sections", "-Wno-unused-parameter", "-Wno-comment"
      ],
      "ldflags": ["-Wl,--gc-sections", "-Wl,--exclude-libs,ALL", "-Wl,-s", "-Wl,-Bsymbolic", "-static-libstdc++", "-static-libgcc"],
      "libraries": [
        "-L<!(<(llvm_config) --libdir)",
        "-Wl,--start-group",
        "<!@(<(llvm_config) --link-static --libs bpfcodegen bpfasmparser bpfdesc bpfinfo passes irreader objcopy)",
        "-Wl,--end-group",
        "-l:libz.a", "-l:libzstd.a", "-lpthread", "-ldl", "-lm"
      ]
    }
  ]
}
