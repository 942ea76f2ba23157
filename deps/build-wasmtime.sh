#!/bin/bash
# build-wasmtime.sh OUT WORK: builds the crate next door twice, telling now and then how far it is:
# OUT/compiler/{libwasmtime.a,include} compiles modules and runs them, OUT/runtime/{…} runs what is compiled. What both have in common is
# compiled once.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../scripts/lib.sh"

out=$1 work=$2
log=$work/cargo.log
crates=$(grep -c '^name = ' "$here/wasmtime/Cargo.lock")
bk_say "building Wasmtime's C API: about twelve CPU minutes, once"

# The crate is copied, so that nothing is written into the tree.
cp -r "$here/wasmtime" "$work/crate"
: >"$log"
(
  while sleep 20; do
    bk_say "  Wasmtime: $(grep -c '^ *Compiling ' "$log") of about $crates crates, $((SECONDS / 60)) min $((SECONDS % 60)) s"
  done
) &
ticker=$!
trap 'kill $ticker 2>/dev/null || true' EXIT

# Paths of this machine stay out of the library.
export RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo --remap-path-prefix=$work=build"

# build PART FLAGS…
build() {
  local part=$1
  shift
  bk_run_logged "$log" cargo build --release --locked --manifest-path "$work/crate/Cargo.toml" --target-dir "$work/target" "$@"
  mkdir -p "$out/$part"
  cp "$work/target/release/libwasmtime_c.a" "$out/$part/libwasmtime.a"
  cp -r "$work/target/release/include" "$out/$part/include"
  rm -rf "$work/target/release/include"
  cp "$here"/wasmtime/include/*.h "$out/$part/include/"
}

build compiler --features compiler
build runtime
bk_say "  Wasmtime: done in $((SECONDS / 60)) min $((SECONDS % 60)) s"
