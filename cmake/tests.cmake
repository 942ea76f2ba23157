# Tests: one program per tests/unit/test_*.c, and the checks of the tree itself.

# A file whose first line is `// links: host` gets the host's libraries and the embedded modules, else the engine's.
file(GLOB unit_tests CONFIGURE_DEPENDS tests/unit/test_*.c)
add_custom_target(unit-tests)
foreach(source ${unit_tests})
  get_filename_component(name "${source}" NAME_WE)
  file(STRINGS "${source}" host REGEX "^// links: host" LIMIT_COUNT 1)
  add_executable(${name} "${source}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  target_include_directories(${name} PRIVATE tests/unit)
  target_include_directories(${name} SYSTEM PRIVATE "${BK_DEPS_NATIVE}/include")
  target_compile_definitions(${name} PRIVATE BK_SOURCE_DIR="${CMAKE_SOURCE_DIR}" BK_WASM_DIR="${BK_WASM_DIR}")
  if(host)
    target_link_libraries(${name} PRIVATE ${BK_HOST_LIBS})
    foreach(module engine planted)
      if(TARGET bk_embed_${module})
        target_link_libraries(${name} PRIVATE bk_embed_${module})
      endif()
    endforeach()
  else()
    target_link_libraries(${name} PRIVATE ${BK_ENGINE_LIBS})
  endif()
  add_dependencies(unit-tests ${name})
  add_test(NAME unit.${name} COMMAND ${name} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(unit.${name} PROPERTIES TIMEOUT 300
    ENVIRONMENT "ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1;UBSAN_OPTIONS=print_stacktrace=1")
endforeach()

# The same tests in wasm32, where size_t and long have 32 bits: one module for all, since compiling RE2 once is enough. A
# file that starts with `// native only` stays out (it reads files, say).
set(wasm_tests)
set(wasm_calls)
set(wasm_test_flags "-I${CMAKE_SOURCE_DIR}/tests/unit" "-DBK_SOURCE_DIR=\"${CMAKE_SOURCE_DIR}\"")
foreach(source ${unit_tests})
  get_filename_component(name "${source}" NAME_WE)
  file(STRINGS "${source}" native REGEX "^// (links: host|native only)" LIMIT_COUNT 1)
  if(NOT native)
    bk_wasm_objects(object "${source}" FLAGS ${wasm_test_flags} "-Dmain=main_of_${name}")
    list(APPEND wasm_tests ${object})
    string(APPEND wasm_calls "RUN(${name})\n")
  endif()
endforeach()
if(wasm_tests AND TARGET bk-precompile)
  file(CONFIGURE OUTPUT "${BK_WASM_DIR}/unit_tests.def" CONTENT "@wasm_calls@" @ONLY)
  bk_wasm_objects(driver "${CMAKE_SOURCE_DIR}/tools/wasm-test-main.c" FLAGS "-I${BK_WASM_DIR}")
  add_custom_command(
    OUTPUT "${BK_WASM_DIR}/unit.wasm"
    COMMAND "${BK_DEPS_CXX}" ${BK_WASM_LINK} ${driver} ${wasm_tests} "${BK_WASM_DIR}/libbulkhead.a" ${BK_WASM_DEPS} -o "${BK_WASM_DIR}/unit.wasm"
    DEPENDS ${driver} ${wasm_tests} "${BK_WASM_DIR}/libbulkhead.a" ${BK_WASM_DEPS}
    COMMENT "Linking unit.wasm"
    COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(wasm-unit ALL DEPENDS "${BK_WASM_DIR}/unit.wasm")
  add_executable(wasm-test tools/wasm-test.c src/sandbox/config.c src/sandbox/memory.c)
  bk_tool(wasm-test)
  add_test(NAME wasm.unit COMMAND wasm-test "${BK_WASM_DIR}/unit.wasm")
endif()

add_test(NAME tree.layers COMMAND "${Python3_EXECUTABLE}" "${CMAKE_SOURCE_DIR}/scripts/check-layers")

if(BK_STATIC)
  set(foreign "$<TARGET_FILE:dep::wasmtime_runtime>" "${OPENSSL_SSL_LIBRARY}" "${OPENSSL_CRYPTO_LIBRARY}" "${BK_LIBCRYPT}" "${BK_DEPS_NATIVE}/lib/libre2.a"
    "${BK_DEPS_NATIVE}/lib/libmd.a" "${BK_DEPS_NATIVE}/lib/libdeflate.a")
  add_test(NAME tree.libc COMMAND "${Python3_EXECUTABLE}" "${CMAKE_SOURCE_DIR}/scripts/check-libc" "${BK_NM}" ${foreign})
endif()

# Every header compiles alone: part of the build where warnings are errors, so that only what changed is looked at again.
# (scripts/check-headers does the same for all at once.)
if(BK_WERROR)
  file(GLOB headers CONFIGURE_DEPENDS src/*/*.h)
  set(stamps)
  foreach(header ${headers})
    file(RELATIVE_PATH name "${CMAKE_SOURCE_DIR}/src" "${header}")
    string(REPLACE "/" "_" name "${name}")
    set(stamp "${CMAKE_BINARY_DIR}/headers/${name}.ok")
    add_custom_command(
      OUTPUT "${stamp}"
      COMMAND "${BK_DEPS_CC}" -std=gnu17 -fsyntax-only -Wall -Wextra -Werror -Wno-unused-function -Wno-unused-variable -x c
        "-I${CMAKE_SOURCE_DIR}/src" -isystem "${BK_DEPS_NATIVE}/include" -isystem "${BK_DEPS_WASMTIME}/include"
        -isystem "${BK_DEPS_NET}/include"
        -MD -MF "${stamp}.d" -MT "${stamp}" "${header}"
      COMMAND ${CMAKE_COMMAND} -E touch "${stamp}"
      DEPENDS "${header}"
      DEPFILE "${stamp}.d"
      COMMENT "Checking header ${name}"
      VERBATIM)
    list(APPEND stamps "${stamp}")
  endforeach()
  file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/headers")
  add_custom_target(headers ALL DEPENDS ${stamps})
endif()

if(BK_HAVE_ENGINE)
  add_test(NAME tree.imports COMMAND "${Python3_EXECUTABLE}" "${CMAKE_SOURCE_DIR}/scripts/check-imports" "${BK_WASM_DIR}/engine.wasm")
endif()

# Suites that drive the program from outside.
foreach(suite cli audit plugin-types hostile advisories replay policy plugin-life registry)
  if(TARGET bulkhead AND EXISTS "${CMAKE_SOURCE_DIR}/tests/${suite}/run.py")
    add_test(NAME suite.${suite} COMMAND "${Python3_EXECUTABLE}" "${CMAKE_SOURCE_DIR}/tests/${suite}/run.py" $<TARGET_FILE:bulkhead>)
    set_tests_properties(suite.${suite} PROPERTIES TIMEOUT 900 ENVIRONMENT "BK_SLOW=$<IF:$<BOOL:${BK_SANITIZE}>,8,1>")
  endif()
endforeach()

if(TARGET bulkhead)
  foreach(part hostile answers interop advisories points generated)
    add_test(NAME suite.registry-${part} COMMAND "${Python3_EXECUTABLE}" "${CMAKE_SOURCE_DIR}/tests/registry/${part}.py" $<TARGET_FILE:bulkhead>)
    set_tests_properties(suite.registry-${part} PROPERTIES TIMEOUT 900 ENVIRONMENT "BK_SLOW=$<IF:$<BOOL:${BK_SANITIZE}>,8,1>")
  endforeach()
endif()

# Every function of the engine with each allocation failing in turn: never another answer than the usual one or a failure.
if(TARGET vector-native)
  add_test(NAME alloc.failures COMMAND vector-native --starve 400 "${CMAKE_SOURCE_DIR}/tests/alloc/requests.jsonl")
endif()

if(TARGET bulkhead AND EXISTS "${CMAKE_SOURCE_DIR}/scripts/demo")
  add_test(NAME suite.demo COMMAND "${CMAKE_SOURCE_DIR}/scripts/demo" "${CMAKE_BINARY_DIR}")
  set_tests_properties(suite.demo PROPERTIES TIMEOUT 300)
endif()

# Suites that bring their own CMake file register themselves.
file(GLOB suites CONFIGURE_DEPENDS tests/*/CMakeLists.txt)
foreach(suite ${suites})
  get_filename_component(folder "${suite}" DIRECTORY)
  add_subdirectory("${folder}")
endforeach()
