#!/bin/bash
# build-libs.sh TARGET SOURCES OUT WORK: compiles RE2, libmd and libdeflate from their unpacked
# sources for TARGET (native or wasm32) into OUT/lib and OUT/include. Plain compiler calls: their own build
# systems want to probe the machine, and for wasm there is nothing to probe.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../scripts/lib.sh"
bk_find_tools || bk_die "no clang or llvm-ar"

target=$1 src=$2 out=$3 work=$4
mkdir -p "$out/lib" "$out/include" "$work/obj" "$work/gen"
commands=$work/commands

flags="-O2 -w -DNDEBUG -ffunction-sections -fdata-sections -fvisibility=hidden"
if [ "$target" = wasm32 ]; then
  inc=$BK_WASI_PREFIX/include/wasm32-wasi
  # -nostdlibinc: otherwise the machine's own /usr/include is searched as well.
  cflags="--target=wasm32-wasi -nostdlibinc -isystem $inc $flags"
  cxxflags="--target=wasm32-wasi -nostdlibinc -isystem $inc/c++/v1 -isystem $inc $flags"
else
  cflags="$flags -fPIC -fstack-protector-strong"
  cxxflags=$cflags
fi
cxxflags="$cxxflags -std=c++17 -fno-exceptions -fno-rtti"

# compile LIBRARY COMPILER FLAGS FILE...
compile() {
  local lib=$1 compiler=$2 options=$3 f object
  shift 3
  for f in "$@"; do
    object=${f#"$src"/} # the whole path: libdeflate has two files of one name
    printf '%s %s -c "%s" -o "%s/obj/%s_%s.o"\n' "$compiler" "$options" "$f" "$work" "$lib" "${object//\//_}" >>"$commands"
  done
}

# RE2's archive in Debian lacks three generated files; its own generators make them, from the machine's
# Unicode data instead of the network, and without the `six` package.
generate_re2_tables() {
  cp "$src"/re2/re2/*.py "$src"/re2/re2/*.pl "$work/gen/"
  sed -i.orig -e 's/^from six.moves import urllib/import urllib.request/' \
    -e "s|^_UNICODE_DIR = .*|_UNICODE_DIR = \"$BK_UNICODE_DIR\"|" "$work/gen/unicode.py"
  (
    cd "$work/gen"
    perl make_perl_groups.pl >perl_groups.cc
    python3 make_unicode_groups.py >unicode_groups.cc
    python3 make_unicode_casefold.py >unicode_casefold.cc
  )
}

generate_re2_tables
compile re2 "$BK_CXX" "$cxxflags -I$here/re2/shadow -I$src/re2" \
  "$src"/re2/re2/{bitstate,compile,dfa,filtered_re2,mimics_pcre,nfa,onepass,parse,prefilter,prefilter_tree,prog,re2,regexp,set,simplify,stringpiece,tostring}.cc \
  "$src"/re2/util/{rune,strutil}.cc "$work"/gen/{perl_groups,unicode_groups,unicode_casefold}.cc

compile md "$BK_CC" "$cflags -I$here/libmd -I$src/libmd/include -I$src/libmd/src" "$src"/libmd/src/{md5,sha1,sha2}.c

deflate=$src/libdeflate/lib
files="$deflate/adler32.c $deflate/crc32.c $deflate/deflate_compress.c $deflate/deflate_decompress.c $deflate/gzip_compress.c
$deflate/gzip_decompress.c $deflate/zlib_compress.c $deflate/zlib_decompress.c $deflate/utils.c"
[ "$target" = wasm32 ] || files="$files $deflate/x86/cpu_features.c $deflate/arm/cpu_features.c"
# shellcheck disable=SC2086 # one word per file
compile deflate "$BK_CC" "$cflags -I$src/libdeflate" $files

tr '\n' '\0' <"$commands" | xargs -0 -P "$BK_JOBS" -n 1 sh -c 'eval "$1"' sh

for lib in re2 md deflate; do
  "$BK_AR" rcsD "$out/lib/lib$lib.a" "$work/obj/${lib}_"*.o
done
cp "$src/libdeflate/libdeflate.h" "$out/include/"
mkdir -p "$out/include/re2"
cp "$src"/re2/re2/{re2,stringpiece,set,filtered_re2}.h "$out/include/re2/"
cp "$src"/libmd/include/{md5,sha1,sha2,sha256,sha512}.h "$out/include/"
