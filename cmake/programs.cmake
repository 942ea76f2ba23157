# The programs: bulkhead, and for the tests the vector server (in the compartment and natively) and modules with
# planted faults.

if(TARGET bk_cli AND TARGET bk_embed_engine AND EXISTS "${CMAKE_SOURCE_DIR}/src/cli/main.c")
  add_executable(bulkhead src/cli/main.c)
  target_compile_definitions(bulkhead PRIVATE BK_VERSION="${PROJECT_VERSION}")
  target_link_libraries(bulkhead PRIVATE ${BK_HOST_LIBS} bk_embed_engine)
  bk_late(bulkhead)
  bk_order(bulkhead)
  include(GNUInstallDirs)
  install(TARGETS bulkhead RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  # Once more by a program that writes large pieces: CMake's are small, so small lie the file's pages in the page cache, and it starts a tenth later.
  install(CODE "execute_process(COMMAND install -m 755 \"$<TARGET_FILE:bulkhead>\"
    \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/bulkhead\" COMMAND_ERROR_IS_FATAL ANY)")
  # Manual pages and completions come from the program itself.
  set(shared "${CMAKE_BINARY_DIR}/share")
  add_custom_command(
    OUTPUT "${shared}/done"
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${shared}/man"
    COMMAND bulkhead docs --type man --dir "${shared}/man"
    COMMAND bulkhead completion bash > "${shared}/bulkhead.bash"
    COMMAND bulkhead completion zsh > "${shared}/_bulkhead"
    COMMAND bulkhead completion fish > "${shared}/bulkhead.fish"
    COMMAND "${CMAKE_COMMAND}" -E touch "${shared}/done"
    DEPENDS bulkhead
    COMMENT "Writing manual pages and completions")
  if(NOT BK_SANITIZE)
    add_custom_target(shared ALL DEPENDS "${shared}/done")
    install(DIRECTORY "${shared}/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" OPTIONAL)
    install(FILES "${shared}/bulkhead.bash" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" RENAME bulkhead OPTIONAL)
    install(FILES "${shared}/_bulkhead" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions" OPTIONAL)
    install(FILES "${shared}/bulkhead.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d" OPTIONAL)
  endif()
endif()

# bulkhead-native: the same program with the engine called natively, tests/native standing for src/sandbox. The yardstick of
# what the compartment costs; never installed.
bk_sources(native_sources "tests/native")
if(TARGET bulkhead AND native_sources AND TARGET bk_engine)
  add_executable(bulkhead-native src/cli/main.c ${native_sources})
  target_compile_definitions(bulkhead-native PRIVATE BK_VERSION="${PROJECT_VERSION}")
  target_link_libraries(bulkhead-native PRIVATE ${BK_HOST_LIBS} ${BK_ENGINE_LIBS})
endif()

# tests/vectors: host_*.c belongs to vector-server, native_*.c to vector-native, guest_*.c to vector.wasm, the rest to
# the engine's side of both.
bk_sources(vector_sources "tests/vectors")
set(vector_host ${vector_sources})
set(vector_native ${vector_sources})
set(vector_guest ${vector_sources})
list(FILTER vector_host INCLUDE REGEX "/host_[^/]*$")
list(FILTER vector_native EXCLUDE REGEX "/(host|guest)_[^/]*$")
list(FILTER vector_guest EXCLUDE REGEX "/(host|native)_[^/]*$")
if(EXISTS "${CMAKE_SOURCE_DIR}/tests/vectors/native_main.c")
  add_executable(vector-native ${vector_native})
  target_include_directories(vector-native PRIVATE tests/vectors)
  target_link_libraries(vector-native PRIVATE ${BK_ENGINE_LIBS})
endif()
if(vector_host AND BK_HAVE_GUEST AND TARGET bk_sandbox AND TARGET bk-precompile)
  bk_wasm_objects(vector_objects ${vector_guest})
  bk_wasm_module(vector ${vector_objects})
  bk_embed(vector)
  add_executable(vector-server ${vector_host})
  target_include_directories(vector-server PRIVATE tests/vectors)
  target_link_libraries(vector-server PRIVATE ${BK_HOST_LIBS} bk_embed_vector)
endif()

# tests/planted: the engine with faults planted on purpose; bk_embed_planted goes to the tests that ask for it.
bk_sources(planted_sources "tests/planted")
if(planted_sources AND BK_HAVE_GUEST AND TARGET bk-precompile)
  bk_wasm_objects(planted_objects ${planted_sources})
  bk_wasm_module(planted ${planted_objects})
  bk_embed(planted)
endif()

# bulkhead-compile: the compiler of plugins' modules.
if(TARGET bulkhead)
  add_executable(bulkhead-compile src/sandbox/program/compile.c src/sandbox/program/contain.c src/sandbox/config.c src/sandbox/memory.c)
  target_link_libraries(bulkhead-compile PRIVATE bk_base dep::wasmtime_compiler)
  install(TARGETS bulkhead-compile RUNTIME DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/bulkhead")
  add_dependencies(bulkhead bulkhead-compile)
endif()

# The launcher of bench/run.py.
add_executable(measure tools/measure.c)
set_target_properties(measure PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tools")

# guard-bench: what a decision costs, in a loop.
if(TARGET bk_guard AND EXISTS "${CMAKE_SOURCE_DIR}/bench/guard.c")
  add_executable(guard-bench bench/guard.c)
  target_link_libraries(guard-bench PRIVATE ${BK_HOST_LIBS})
  set_target_properties(guard-bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tools")
endif()

# bulkhead-openpgp: the helper for signatures, where there is librnp.
find_library(BK_LIBRNP NAMES rnp)
if(BK_LIBRNP AND EXISTS "${CMAKE_SOURCE_DIR}/src/trust/program/openpgp.c")
  add_executable(bulkhead-openpgp src/trust/program/openpgp.c src/trust/program/armour.c src/trust/program/contain.c)
  target_link_libraries(bulkhead-openpgp PRIVATE bk_value bk_base "${BK_LIBRNP}")
  install(TARGETS bulkhead-openpgp RUNTIME DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/bulkhead")
  if(TARGET bulkhead)
    add_dependencies(bulkhead bulkhead-openpgp)
  endif()
else()
  message(STATUS "librnp is not installed: built without bulkhead-openpgp, which signatures need")
endif()
