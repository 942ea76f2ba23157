#!/bin/bash
# build-net.sh SOURCES OUT WORK [MUSL]: compiles nghttp2 and libcurl from their unpacked sources into OUT/lib and OUT/include, for the host
# only. Plain compiler calls with configurations of our own (deps/curl, deps/nghttp2): HTTP, HTTPS through OpenSSL, HTTP/2, and nothing else. MUSL: what build-musl.sh made; then they are for the static program.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../scripts/lib.sh"
bk_find_tools || bk_die "no clang or llvm-ar"

src=$1 out=$2 work=$3 musl=${4:-}
mkdir -p "$out/lib" "$out/include/curl" "$work/obj" "$work/nghttp2"
commands=$work/commands
flags="-Os -w -DNDEBUG -ffunction-sections -fdata-sections -fvisibility=hidden -fPIC -fstack-protector-strong -D_GNU_SOURCE"
openssl=
if [ -n "$musl" ]; then flags="--target=x86_64-linux-musl -nostdlibinc -isystem $musl/include $flags"; fi
if [ "$(uname -s)" = Darwin ] && bk_have brew; then openssl=-I$(brew --prefix openssl@3)/include; fi

# compile LIBRARY FLAGS FILE...
compile() {
  local lib=$1 options=$2 f object
  shift 2
  for f in "$@"; do
    object=${f#"$src"/}
    printf '%s %s -c "%s" -o "%s/obj/%s_%s.o"\n' "$BK_CC" "$options" "$f" "$work" "$lib" "${object//\//_}" >>"$commands"
  done
}

# The header of versions is a template.
version=$(sed -n 's/^#define PACKAGE_VERSION "\(.*\)"/\1/p' "$here/nghttp2/config.h")
sed -e "s/@PACKAGE_VERSION@/$version/" -e "s/@PACKAGE_VERSION_NUM@/0x013400/" \
  "$src/nghttp2/lib/includes/nghttp2/nghttp2ver.h.in" >"$work/nghttp2/nghttp2ver.h"

compile nghttp2 "$flags -DHAVE_CONFIG_H -DNGHTTP2_STATICLIB -I$here/nghttp2 -I$work -I$src/nghttp2/lib/includes" "$src"/nghttp2/lib/*.c

options="$flags -DHAVE_CONFIG_H -DBUILDING_LIBCURL -DCURL_STATICLIB -DNGHTTP2_STATICLIB $openssl
-I$here/curl -I$src/curl/include -I$src/curl/lib -I$work -I$src/nghttp2/lib/includes"
compile curl "${options//$'\n'/ }" "$src"/curl/lib/*.c "$src"/curl/lib/vauth/*.c "$src"/curl/lib/vtls/*.c "$src"/curl/lib/vquic/*.c

tr '\n' '\0' <"$commands" | xargs -0 -P "$BK_JOBS" -n 1 sh -c 'eval "$1"' sh

for lib in nghttp2 curl; do
  "$BK_AR" rcsD "$out/lib/lib$lib.a" "$work/obj/${lib}_"*.o
done
cp "$src"/curl/include/curl/*.h "$out/include/curl/"
