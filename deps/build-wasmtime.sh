#!/bin/bash
# build-wasmtime.sh OUT WORK: builds the crate next door with its compiler, telling now and then how far it is: OUT/{libwasmtime.a,include} compiles modules
# and runs them.
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

bk_run_logged "$log" cargo build --release --locked --manifest-path "$work/crate/Cargo.toml" --target-dir "$work/target" --features compiler
cp "$work/target/release/libwasmtime_c.a" "$out/libwasmtime.a"
cp -r "$work/target/release/include" "$out/include"
cp "$here"/wasmtime/include/*.h "$out/include/"
bk_say "  Wasmtime: done in $((SECONDS / 60)) min $((SECONDS % 60)) s"
