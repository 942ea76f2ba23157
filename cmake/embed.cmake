# Precompiled modules: tools/precompile turns NAME.wasm into native code for the target, and an assembler file puts it
# into a static library as read-only, page-aligned data: bk_embed_<name>.

# The triple is explicit, so that the code does not depend on the CPU features of the build machine.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "arm64|aarch64")
  set(arch aarch64)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "AMD64|x86_64")
  set(arch x86_64)
else()
  set(arch "${CMAKE_SYSTEM_PROCESSOR}")
endif()
if(APPLE)
  set(BK_TARGET_TRIPLE "${arch}-apple-darwin")
else()
  set(BK_TARGET_TRIPLE "${arch}-unknown-linux-gnu")
endif()

# bk_tool(TARGET): a program of the build itself. Not a test subject: without the sanitizers it runs at its proper speed.
function(bk_tool target)
  target_link_libraries(${target} PRIVATE dep::wasmtime_compiler)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tools")
  if(BK_SANITIZE)
    target_compile_options(${target} PRIVATE -fno-sanitize=all)
    target_link_options(${target} PRIVATE -fno-sanitize=all)
  endif()
endfunction()

if(EXISTS "${CMAKE_SOURCE_DIR}/src/sandbox/config.c")
  add_executable(bk-precompile tools/precompile.c tools/marks.c src/sandbox/config.c src/sandbox/memory.c)
  bk_tool(bk-precompile)
endif()

# bk_embed(NAME): library bk_embed_NAME with the symbols bk_cwasm_NAME and bk_cwasm_NAME_end, and bk_cwasm_NAME_digest: the SHA-256 of NAME.wasm, 64 hexadecimal digits.
function(bk_embed name)
  set(cwasm "${BK_WASM_DIR}/${name}.cwasm")
  set(asm "${BK_WASM_DIR}/embed_${name}.S")
  add_custom_command(
    OUTPUT "${cwasm}"
    COMMAND bk-precompile "${BK_TARGET_TRIPLE}" "${BK_WASM_DIR}/${name}.wasm" "${cwasm}"
    DEPENDS bk-precompile "${BK_WASM_DIR}/${name}.wasm"
    COMMENT "Precompiling ${name}.wasm for ${BK_TARGET_TRIPLE}"
    VERBATIM)
  set(digest "${BK_WASM_DIR}/${name}.digest")
  add_custom_command(
    OUTPUT "${digest}"
    COMMAND "${CMAKE_COMMAND}" "-DFILE=${BK_WASM_DIR}/${name}.wasm" "-DTO=${digest}" -P "${CMAKE_SOURCE_DIR}/cmake/digest.cmake"
    DEPENDS "${BK_WASM_DIR}/${name}.wasm" "${CMAKE_SOURCE_DIR}/cmake/digest.cmake"
    VERBATIM)
  set(BK_EMBED_FILE "${cwasm}")
  set(BK_EMBED_DIGEST "${digest}")
  if(APPLE)
    set(BK_EMBED_SECTION "__TEXT,__const")
    set(BK_EMBED_SYMBOL "_bk_cwasm_${name}")
    set(BK_EMBED_HIDDEN ".private_extern")
  else()
    set(BK_EMBED_SECTION ".rodata.bk_cwasm_${name},\"a\"")
    set(BK_EMBED_SYMBOL "bk_cwasm_${name}")
    set(BK_EMBED_HIDDEN ".hidden")
  endif()
  # At a page, so that it is used in place (src/sandbox/module.h); pages have up to 64 KiB on arm64.
  if(BK_TARGET_TRIPLE MATCHES "^x86_64")
    set(BK_EMBED_ALIGN 12)
  else()
    set(BK_EMBED_ALIGN 16)
  endif()
  configure_file("${CMAKE_SOURCE_DIR}/cmake/embed.S.in" "${asm}" @ONLY)
  set_source_files_properties("${asm}" PROPERTIES OBJECT_DEPENDS "${cwasm};${digest}")
  add_library(bk_embed_${name} STATIC "${asm}")
endfunction()

if(BK_HAVE_ENGINE AND TARGET bk-precompile)
  bk_embed(engine)
endif()
