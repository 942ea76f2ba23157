# Compiler and linker flags. BK_WARNINGS and BK_CXX_DIALECT are shared by the native and the wasm build.

set(CMAKE_C_STANDARD 17)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

set(BK_WARNINGS -Wall -Wextra -Wconversion -Wno-sign-conversion -Wshadow -Wvla)
if(BK_WERROR)
  list(APPEND BK_WARNINGS -Werror)
endif()
# C++ is only a thin layer over RE2.
set(BK_CXX_DIALECT -fno-exceptions -fno-rtti)

set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g")

add_compile_options(
  "$<$<COMPILE_LANGUAGE:C,CXX>:${BK_WARNINGS}>"
  "$<$<COMPILE_LANGUAGE:CXX>:${BK_CXX_DIALECT}>"
  -ffunction-sections -fdata-sections
  # Paths of the build machine stay out of the binary.
  "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
include_directories(src)

if(BK_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
else()
  add_compile_options(-fstack-protector-strong -ftrivial-auto-var-init=zero "$<$<CONFIG:Release>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>")
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    add_compile_options(-fcf-protection=full)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    add_compile_options(-mbranch-protection=standard)
  endif()
endif()

if(APPLE)
  add_link_options(-Wl,-dead_strip "$<$<CONFIG:Release>:-Wl,-x>")
else()
  # lld takes a second off every link of the big runtime library.
  find_program(BK_LLD NAMES ld.lld-19 ld.lld)
  if(BK_LLD)
    add_link_options("--ld-path=${BK_LLD}")
    # Not through a mapping: that leaves the file in the page cache as single pages, which cost each start more to map than the large pieces of a file written in order, as
    # a copy or an installed program is.
    add_link_options("$<$<CONFIG:Release>:-Wl,--no-mmap-output-file>")
  endif()
  # Most relocations of a position-independent program are alike: packed they take a twentieth of the room. glibc 2.36 and later read them.
  include(CheckLinkerFlag)
  check_linker_flag(C "-Wl,-z,pack-relative-relocs" BK_PACKED_RELOCATIONS)
  if(BK_PACKED_RELOCATIONS)
    add_link_options("-Wl,-z,pack-relative-relocs")
  endif()
  # glibc stays dynamic (name services); the rest comes as archives, so that the start stays short.
  add_link_options(-pie -Wl,--gc-sections -Wl,-z,relro,-z,now -Wl,-z,pack-relative-relocs -Wl,-z,noexecstack -Wl,--as-needed
    -static-libgcc "$<$<LINK_LANGUAGE:CXX>:-static-libstdc++>" "$<$<CONFIG:Release>:-s>")
endif()

if(BK_LTO)
  add_compile_options(-flto=thin)
  add_link_options(-flto=thin)
endif()
