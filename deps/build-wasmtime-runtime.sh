#!/bin/bash
# build-wasmtime-runtime.sh OUT WORK: builds wasmtime/runtime: OUT/{libwasmtime.a,include} runs what is compiled.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../scripts/lib.sh"

out=$1 work=$2
bk_say "building Wasmtime's runtime, optimised as a whole: two CPU minutes, once"
# Copied, so that nothing is written into the tree.
cp -r "$here/wasmtime" "$work/crate"
# Paths of this machine stay out of the library.
export RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo --remap-path-prefix=$work=build"
bk_run_logged "$work/cargo.log" cargo build --release --locked --manifest-path "$work/crate/runtime/Cargo.toml" --target-dir "$work/target"
cp "$work/target/release/libwasmtime_c.a" "$out/libwasmtime.a"
cp -r "$work/target/release/include" "$out/include"
cp "$here"/wasmtime/include/*.h "$out/include/"
