# Shared by scripts/setup and its parts: messages, tools, and the cache. Source it, don't run it.
# shellcheck shell=bash

BK_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BK_CACHE=${BULKHEAD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bulkhead}
BK_JOBS=${BK_JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)}

bk_say() { printf '[setup] %s\n' "$*" >&2; }
bk_die() { printf '[setup] error: %s\n' "$*" >&2; exit 1; }
bk_have() { command -v "$1" >/dev/null 2>&1; }

# bk_first TOOL...: the first of these that exists.
bk_first() {
  local t
  for t in "$@"; do
    if bk_have "$t"; then command -v "$t"; return 0; fi
  done
  return 1
}

bk_sha256() {
  if bk_have sha256sum; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

# bk_key WORD...: sixteen hex digits of the inputs; a word that names a file stands for its content.
bk_key() {
  local w
  for w in "$@"; do
    if [ -f "$w" ]; then bk_sha256 <"$w"; else printf '%s\n' "$w"; fi
  done | bk_sha256 | cut -c1-16
}

# The tools. One clang for both targets, so that native and wasm builds agree; Debian names it with its version.
bk_find_tools() {
  BK_CC=$(bk_first "${BK_CC:-clang-19}" clang-19 clang) || return 1
  BK_CXX=$(bk_first "${BK_CXX:-clang++-19}" clang++-19 clang++) || return 1
  BK_AR=$(bk_first "${BK_AR:-llvm-ar-19}" llvm-ar-19 llvm-ar) || return 1
  # Where the WASI C library lives: PREFIX/include/wasm32-wasi and PREFIX/lib/wasm32-wasi.
  BK_WASI_PREFIX=${WASI_SYSROOT:-/usr}
  BK_UNICODE_DIR=${BK_UNICODE_DIR:-/usr/share/unicode}
}

# bk_cached NAME KEY FUNCTION: makes $BK_CACHE/NAME-KEY by calling FUNCTION with an empty folder and a folder to work in, unless
# it is there. FUNCTION says by its status whether it worked. The folder appears by one rename, so it is whole or absent; a lock keeps a second run from
# doing the same work. The path ends up in BK_CACHED.
bk_cached() {
  local name=$1 key=$2 make=$3 tmp lock
  BK_CACHED=$BK_CACHE/$name-$key
  [ -d "$BK_CACHED" ] && return 0
  mkdir -p "$BK_CACHE/tmp"
  lock=$BK_CACHE/tmp/$name.lock
  (
    if bk_have flock; then
      exec 9>"$lock"
      flock -n 9 || { bk_say "waiting for another run that makes $name"; flock 9; }
      [ -d "$BK_CACHED" ] && exit 0
      rm -rf "$BK_CACHE/tmp/$name-"??????   # left by runs that were killed: we hold the lock
    fi
    tmp=$(mktemp -d "$BK_CACHE/tmp/$name-XXXXXX")
    trap 'rm -rf "$tmp"' EXIT
    trap 'exit 130' INT TERM
    mkdir "$tmp/out" "$tmp/work"
    # `set -e` does not hold inside a condition, so each step is checked.
    "$make" "$tmp/out" "$tmp/work" 9>&- || exit 1
    chmod 755 "$tmp/out" || exit 1
    # Without a lock another run may have been faster: then its folder stays.
    [ -d "$BK_CACHED" ] || mv "$tmp/out" "$BK_CACHED"
  ) || bk_die "making $name failed"
}

# bk_run_logged LOG COMMAND...: output goes to the log; on failure its end is shown.
bk_run_logged() {
  local log=$1
  shift
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    return 1
  fi
}
