# The C library of the host's programs. As users run it, bulkhead is one static program with musl: nothing is searched, mapped and relocated at its start,
# and nobody asks the processor what it is. BULKHEAD_LIBC=glibc scripts/setup decides otherwise. dep::libc carries the flags to whatever links the host's folders; where there is no musl (scripts/setup says
# why), under the sanitizers, and in the programs that compile modules or read OpenPGP, it is empty, and the C library the system's.

if(BK_DEPS_MUSL AND NOT BK_SANITIZE)
  set(BK_STATIC ON)
else()
  set(BK_STATIC OFF)
endif()

add_library(dep::libc INTERFACE IMPORTED)
if(BK_STATIC)
  set(musl_flags --target=x86_64-linux-musl -nostdlibinc "-isystem${BK_DEPS_MUSL}/include")
  add_library(bk_libc STATIC deps/musl/bytes.c deps/musl/compat.c deps/musl/pages.c deps/musl/start.c)
  target_compile_options(bk_libc PRIVATE ${musl_flags} -fno-builtin)
  set_source_files_properties(deps/musl/start.c PROPERTIES COMPILE_OPTIONS "-fno-stack-protector") # its guard is not there yet
  target_compile_options(dep::libc INTERFACE "$<$<COMPILE_LANGUAGE:C>:${musl_flags};-include${CMAKE_SOURCE_DIR}/deps/musl/host.h>")
  # Threads have the stacks that they have with glibc. No crti.o: what other libraries put into .init (libcrypto looks at the processor there) they do again
  # at their first use.
  target_link_options(dep::libc INTERFACE -static-pie -nostartfiles -nodefaultlibs -Wno-unused-command-line-argument -Wl,-z,stack-size=8388608 -Wl,-e,bk_start
    -Wl,--wrap=__mmap -Wl,--wrap=munmap
    "${BK_DEPS_MUSL}/lib/rcrt1.o")
  target_link_libraries(dep::libc INTERFACE bk_libc "${BK_DEPS_MUSL}/lib/libc.a")
  # Of the compiler's own libraries: arithmetic, unwinding, std::to_chars.
  foreach(name libgcc.a libgcc_eh.a libstdc++.a)
    execute_process(COMMAND "${CMAKE_CXX_COMPILER}" "-print-file-name=${name}" OUTPUT_VARIABLE path OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    target_link_libraries(dep::libc INTERFACE "${path}")
  endforeach()
  set(BK_NET "${BK_DEPS_NET_MUSL}")
else()
  set(BK_NET "${BK_DEPS_NET}")
endif()
