#!/usr/bin/env bash
# Makes a checkout ready to use: system packages, npm packages, the two addons, dist/. Idempotent; when nothing is to
# do it only compares stamps. Exit codes: 3 the machine lacks something that this script may not install.
set -euo pipefail
cd "$(dirname "$0")/.."

platform=linux-x64
[ "$(uname -m)" = aarch64 ] && platform=linux-arm64
prebuilt=native/prebuilt/$platform
stamps=node_modules/.ebpftsc
# shellcheck source=scripts/progress.sh
. scripts/progress.sh

# What the build needs, as "file that proves it:package". Tests also use the second list as peers.
build_needs="/usr/lib/llvm-19/include/llvm/IR/Module.h:llvm-19-dev /usr/include/zlib.h:zlib1g-dev
  /usr/include/zstd.h:libzstd-dev /usr/include/bpf/libbpf.h:libbpf-dev /usr/bin/g++:g++ /usr/bin/make:make
  /usr/bin/python3:python3"
test_needs="/usr/bin/clang-19:clang-19 /usr/sbin/bpftool:bpftool /sbin/ip:iproute2"

missing_packages() {
  local pair
  for pair in "$@"; do [ -e "${pair%%:*}" ] || echo "${pair##*:}"; done
}

install_packages() {
  local missing
  # shellcheck disable=SC2086
  missing=$(missing_packages $build_needs $test_needs | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    local log
    log=$(mktemp)
    # clang-19 and llvm-19-dev are in Debian 12's security and backports pockets; one update finds them.
    # shellcheck disable=SC2086
    if ! long "updating the package lists" "$log" apt-get update ||
      ! long "installing $missing" "$log" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; then
      say "apt-get failed; the end of its words:"
      tail -n 20 "$log" >&2
      rm -f "$log"
      exit 3
    fi
    rm -f "$log"
    return 0
  fi
  # shellcheck disable=SC2086
  if [ -n "$(missing_packages $build_needs)" ]; then
    say "missing packages; run: apt-get install -y $missing"
    exit 3
  fi
  say "tests will skip what needs: $missing(apt-get install -y $missing)"
}

# True when $1 does not exist or one of the other arguments (files) is newer.
stale() {
  local stamp=$1 file
  shift
  [ -e "$stamp" ] || return 0
  for file in "$@"; do [ "$file" -nt "$stamp" ] && return 0; done
  return 1
}

node_headers() {
  local base
  for base in "$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")" /usr; do
    [ -e "$base/include/node/node_api.h" ] && { echo "--nodedir=$base"; return 0; }
  done
  return 0 # node-gyp downloads them
}

build_addon() {
  local name=$1 log=node_modules/.ebpftsc/$1.log
  stale "$stamps/$name" native/"$name"/*.cc native/"$name"/*.h native/"$name"/binding.gyp || [ ! -e "$prebuilt/$name.node" ] || return 0
  # shellcheck disable=SC2046
  if ! long "building native/$name" "$log" npx --no-install node-gyp rebuild -C "native/$name" --jobs 2 $(node_headers); then
    say "native/$name does not build; the end of $log:"
    tail -n 20 "$log" >&2
    exit 3
  fi
  mkdir -p "$prebuilt"
  # A running process may have the old file mapped: replace it by rename, never write into it.
  strip -o "$prebuilt/.$name.node.new" "native/$name/build/Release/$name.node"
  mv "$prebuilt/.$name.node.new" "$prebuilt/$name.node"
  touch "$stamps/$name"
}

install_packages
if stale node_modules/.package-lock.json package-lock.json; then
  # npm removes node_modules: its log is elsewhere.
  log=$(mktemp)
  if ! long "npm ci" "$log" npm ci --no-audit --no-fund --loglevel=http; then
    say "npm ci failed; the end of its words:"
    tail -n 20 "$log" >&2
    rm -f "$log"
    exit 3
  fi
  rm -f "$log"
  touch node_modules/.package-lock.json
fi
mkdir -p "$stamps"
for addon in llvm bpf; do
  if [ -e "native/$addon/binding.gyp" ]; then build_addon "$addon"; fi
done
if [ ! -e "$stamps/dist" ] || [ ! -e dist ] ||
  [ -n "$(find compiler runtime stdlib native test/bench scripts/bundle.mjs tsconfig.json tsconfig.build.json -name node_modules -prune -o -path 'native/*/build' -prune -o \
    \( -name '*.ts' -o -name 'tsconfig*.json' -o -name '*.mjs' \) -newer "$stamps/dist" -print -quit 2> /dev/null)" ]; then
  say "compiling TypeScript to dist/"
  npm run --silent build >&2
  touch "$stamps/dist"
fi
