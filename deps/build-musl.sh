#!/bin/bash
# build-musl.sh SOURCES OUT WORK: builds musl, the C library of the static program: OUT/lib/{libc.a,rcrt1.o} and OUT/include with
# the kernel's headers beside its own. About a CPU minute.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../scripts/lib.sh"
bk_find_tools || bk_die "no clang or llvm-ar"

src=$1 out=$2 work=$3
mkdir -p "$work/build"
target=x86_64-linux-musl
flags="-O2 -w -fPIC -ffunction-sections -fdata-sections -fstack-protector-strong"
build() {
  "$src/musl/configure" --target="$target" --prefix="$out" --disable-shared --disable-wrapper CC="$BK_CC --target=$target" AR="$BK_AR" RANLIB="$BK_AR s" CFLAGS="$flags" &&
    make -j"$BK_JOBS" lib/libc.a lib/rcrt1.o && make install-headers
}
(cd "$work/build" && bk_run_logged "$work/log" build)
mkdir -p "$out/lib"
cp "$work/build/lib/libc.a" "$work/build/lib/rcrt1.o" "$out/lib/"

# Headers of the system that know nothing of its C library: the kernel's, OpenSSL's, libcrypt's. Part of each lies in a folder per machine on
# Debian. Links, so that they stay those of the archives beside them.
for from in /usr/include/{linux,asm,asm-generic,openssl,crypt.h} /usr/include/x86_64-linux-gnu/{asm,openssl}; do
  [ ! -e "$from" ] || cp -rsf "$from" "$out/include/"
done
for name in linux asm asm-generic openssl/configuration.h; do
  [ -e "$out/include/$name" ] || bk_die "the system has no headers $name"
done
# The one header of glibc's that libcrypt's asks for.
printf '#define __BEGIN_DECLS\n#define __END_DECLS\n#define __THROW\n' >"$out/include/sys/cdefs.h"
