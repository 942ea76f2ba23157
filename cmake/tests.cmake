# Tests: one program per tests/unit/test_*.c, and the checks of the tree itself.

# A file whose first line is `// links: host` gets the host's libraries and the embedded modules, else the engine's.
file(GLOB unit_tests CONFIGURE_DEPENDS tests/unit/test_*.c)
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
  add_test(NAME unit.${name} COMMAND ${name} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(unit.${name} PROPERTIES TIMEOUT 300
    ENVIRONMENT "ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1;UBSAN_OPTIONS=print_stacktrace=1")
endforeach()

add_test(NAME tree.layers COMMAND "${Python3_EXECUTABLE}" "${CMAKE_SOURCE_DIR}/scripts/check-layers")
add_test(NAME tree.headers COMMAND "${CMAKE_SOURCE_DIR}/scripts/check-headers" "${BK_DEPS_CC}"
  "${BK_DEPS_NATIVE}/include" "${BK_DEPS_WASMTIME}/include" "${BK_DEPS_UNICODE}")
if(BK_HAVE_ENGINE)
  add_test(NAME tree.imports COMMAND "${Python3_EXECUTABLE}" "${CMAKE_SOURCE_DIR}/scripts/check-imports" "${BK_WASM_DIR}/engine.wasm")
endif()

# Suites that bring their own CMake file register themselves.
file(GLOB suites CONFIGURE_DEPENDS tests/*/CMakeLists.txt)
foreach(suite ${suites})
  get_filename_component(folder "${suite}" DIRECTORY)
  add_subdirectory("${folder}")
endforeach()
