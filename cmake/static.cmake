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
  find_program(BK_NM NAMES llvm-nm-19 llvm-nm REQUIRED)
  set(musl_flags --target=x86_64-linux-musl -nostdlibinc "-isystem${BK_DEPS_MUSL}/include")
  add_library(bk_libc STATIC deps/musl/bytes.c deps/musl/compat.c deps/musl/pages.c deps/musl/start.c)
  target_compile_options(bk_libc PRIVATE ${musl_flags} -fno-builtin)
  set_source_files_properties(deps/musl/start.c PROPERTIES COMPILE_OPTIONS "-fno-stack-protector") # its guard is not there yet
  target_compile_options(dep::libc INTERFACE "$<$<COMPILE_LANGUAGE:C>:${musl_flags};-include${CMAKE_SOURCE_DIR}/deps/musl/host.h>")
  # Threads have the stacks that they have with glibc. No crti.o: what other libraries put into .init (libcrypto looks at the processor there) they do again
  # at their first use.
  target_link_options(dep::libc INTERFACE -static-pie -nostartfiles -nodefaultlibs -Wno-unused-command-line-argument -Wl,-z,stack-size=8388608 -Wl,-e,bk_start
    -Wl,--wrap=__mmap -Wl,--wrap=munmap)
  target_link_libraries(dep::libc INTERFACE bk_libc "${BK_DEPS_MUSL}/lib/libc.a")
  # Of the compiler's own libraries: arithmetic, unwinding, what RE2 needs.
  foreach(name libgcc.a libgcc_eh.a libstdc++.a)
    execute_process(COMMAND "${CMAKE_CXX_COMPILER}" "-print-file-name=${name}" OUTPUT_VARIABLE path OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    target_link_libraries(dep::libc INTERFACE "${path}")
  endforeach()
  set(BK_NET "${BK_DEPS_NET_MUSL}")
else()
  set(BK_NET "${BK_DEPS_NET}")
endif()

# bk_late(PROGRAM): OpenSSL's tables are relocated when it is called for the first time (deps/musl/late.c). PROGRAM itself calls nothing of it, only the
# archives that it links.
function(bk_late program)
  get_target_property(crypto OpenSSL::Crypto IMPORTED_LOCATION)
  get_target_property(ssl OpenSSL::SSL IMPORTED_LOCATION)
  if(NOT BK_STATIC OR NOT BK_LLD OR NOT crypto MATCHES "/libcrypto\\.a$" OR NOT ssl MATCHES "/libssl\\.a$")
    return()
  endif()
  set(users "$<TARGET_FILE:dep::wasmtime_runtime>" "$<TARGET_FILE:dep::curl>" "$<TARGET_FILE:dep::nghttp2>")
  if(BK_LIBCRYPT)
    list(APPEND users "${BK_LIBCRYPT}")
  endif()
  set(libraries ${BK_HOST_LIBS})
  list(FILTER libraries INCLUDE REGEX "^bk_")
  foreach(library ${libraries})
    list(APPEND users "$<TARGET_FILE:${library}>")
  endforeach()
  set(out "${CMAKE_BINARY_DIR}/late")
  add_custom_command(
    OUTPUT "${out}.S" "${out}.options"
    COMMAND "${Python3_EXECUTABLE}" "${CMAKE_SOURCE_DIR}/scripts/late-calls" "${BK_NM}" "${out}.S" "${out}.options" "${crypto}" "${ssl}" -- ${users}
    DEPENDS ${users} ${libraries} "${CMAKE_SOURCE_DIR}/scripts/late-calls"
    COMMENT "Finding what is called of OpenSSL"
    VERBATIM)
  # start.c once more: what stands here goes before what an archive has.
  add_library(bk_late OBJECT deps/musl/start.c deps/musl/late.c "${out}.S")
  target_compile_definitions(bk_late PRIVATE BK_LATE)
  target_compile_options(bk_late PRIVATE "$<$<COMPILE_LANGUAGE:C>:${musl_flags};-fno-builtin>")
  target_link_libraries(${program} PRIVATE bk_late)
  target_link_options(${program} PRIVATE "-Wl,@${out}.options" "-Wl,-T,${CMAKE_SOURCE_DIR}/deps/musl/late.ld")
  set_property(TARGET ${program} APPEND PROPERTY LINK_DEPENDS "${out}.options" "${CMAKE_SOURCE_DIR}/deps/musl/late.ld")
endfunction()

# bk_order(PROGRAM): functions that usual renders run lie together (cmake/order.txt): code comes into a process in pieces of 64 KiB, each with a fault. `make function-order`
# writes the list; one that is out of date costs only speed: names that no function has any more are passed over, and a function that is not listed lies behind the others.
function(bk_order program)
  if(NOT BK_STATIC OR NOT BK_LLD)
    return()
  endif()
  set(list "${CMAKE_SOURCE_DIR}/cmake/order.txt")
  set(names "${CMAKE_BINARY_DIR}/order.names")
  set(archive "$<TARGET_FILE:dep::wasmtime_runtime>")
  add_custom_command(
    OUTPUT "${names}"
    COMMAND "${Python3_EXECUTABLE}" "${CMAKE_SOURCE_DIR}/scripts/function-order" --names "${BK_NM}" "${list}" "${names}" "${archive}"
    DEPENDS "${list}" "${archive}" "${CMAKE_SOURCE_DIR}/scripts/function-order"
    COMMENT "Naming the functions that usual renders run"
    VERBATIM)
  target_sources(${program} PRIVATE "${names}")
  target_link_options(${program} PRIVATE "-Wl,--symbol-ordering-file=${names}" "-Wl,--no-warn-symbol-ordering")
  set_property(TARGET ${program} APPEND PROPERTY LINK_DEPENDS "${names}")
endfunction()
