# The engine as WebAssembly. CMake knows one toolchain per tree, so the wasm objects are commands of our own, in the
# same Ninja graph: dependency files give exact rebuilds, and compile_commands.json in build/<preset>/wasm
# serves editors.

set(BK_WASM_DIR "${CMAKE_BINARY_DIR}/wasm")
file(MAKE_DIRECTORY "${BK_WASM_DIR}")

set(wasm_include "${BK_WASI_PREFIX}/include/wasm32-wasi")
# No bulk memory: copies stay in the module (src/sandbox/deadline.h).
# -nostdlibinc: otherwise the machine's own /usr/include is searched as well.
set(BK_WASM_FLAGS --target=wasm32-wasi -nostdlibinc ${BK_WARNINGS} -ffunction-sections -fdata-sections -fvisibility=hidden
  -mno-bulk-memory -mnontrapping-fptoint -msign-ext -msimd128 "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/="
  "$<IF:$<CONFIG:Debug>,-O1,-O3>" "$<$<NOT:$<CONFIG:Debug>>:-DNDEBUG>" "$<$<NOT:$<CONFIG:Debug>>:-flto=full>"
  "-I${CMAKE_SOURCE_DIR}/src" -isystem "${BK_DEPS_WASM32}/include" -isystem "${BK_DEPS_UNICODE}")
set(BK_WASM_C -std=gnu17 -isystem "${wasm_include}")
set(BK_WASM_CXX -std=gnu++17 ${BK_CXX_DIALECT} -isystem "${wasm_include}/c++/v1" -isystem "${wasm_include}")
# 8 MiB of stack and 32 KiB, which is all that most calls use of it: they lie in a huge page (src/sandbox/memory.c), with the data and the beginning of the heap behind them
# (src/base/wasm_heap.c).
set(BK_WASM_LINK --target=wasm32-wasi -Wl,-z,stack-size=8421376 -Wl,--stack-first -Wl,--initial-memory=10485760 -Wl,--gc-sections -Wl,--fatal-warnings
  "$<IF:$<CONFIG:Debug>,-O1,-O2>")
if(NOT BK_WASI_PREFIX STREQUAL "/usr")
  list(APPEND BK_WASM_LINK "--sysroot=${BK_WASI_PREFIX}")
endif()

# bk_wasm_objects(VAR FILES… [FLAGS flags…]): compiles each file; VAR gets the object files.
function(bk_wasm_objects var)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "FLAGS")
  set(objects)
  foreach(source ${arg_UNPARSED_ARGUMENTS})
    file(RELATIVE_PATH name "${CMAKE_SOURCE_DIR}" "${source}")
    set(object "${BK_WASM_DIR}/${name}.o")
    get_filename_component(folder "${object}" DIRECTORY)
    file(MAKE_DIRECTORY "${folder}")
    if(source MATCHES "\\.cc$")
      set(compile "${BK_DEPS_CXX}" ${BK_WASM_CXX} ${BK_WASM_FLAGS} ${arg_FLAGS})
    else()
      set(compile "${BK_DEPS_CC}" ${BK_WASM_C} ${BK_WASM_FLAGS} ${arg_FLAGS})
    endif()
    if(source MATCHES "/wasm_bytes\\.c$")
      list(APPEND compile -fno-builtin -fno-lto) # it is the C library
    endif()
    add_custom_command(
      OUTPUT "${object}"
      COMMAND ${compile} -MD -MF "${object}.d" -c "${source}" -o "${object}"
      DEPENDS "${source}" "${BK_DEPS_UNICODE}/unicode_tables.h"
      DEPFILE "${object}.d"
      COMMENT "Building wasm object ${name}"
      COMMAND_EXPAND_LISTS VERBATIM)
    list(APPEND objects "${object}")
    list(JOIN compile " " line)
    string(REPLACE "\"" "\\\"" line "${line} -c ${source} -o ${object}")
    set_property(GLOBAL APPEND PROPERTY BK_WASM_COMPILE_COMMANDS
      "{\"directory\": \"${BK_WASM_DIR}\", \"file\": \"${source}\", \"command\": \"${line}\"}")
  endforeach()
  set(${var} ${objects} PARENT_SCOPE)
endfunction()

# bk_wasm_archive(NAME OBJECTS…): an archive, so that a module can replace a member (a test's own entry function).
function(bk_wasm_archive name)
  add_custom_command(
    OUTPUT "${BK_WASM_DIR}/${name}"
    COMMAND ${CMAKE_COMMAND} -E rm -f "${BK_WASM_DIR}/${name}"
    COMMAND "${BK_DEPS_AR}" rcsD "${BK_WASM_DIR}/${name}" ${ARGN}
    DEPENDS ${ARGN}
    COMMENT "Archiving ${name}"
    COMMAND_EXPAND_LISTS VERBATIM)
endfunction()

# bk_wasm_module(NAME OBJECTS…): links NAME.wasm from the objects and what they need of src/guest and the engine. A module
# imports the three functions of "bulkhead" and nothing else; the check is part of the build.
function(bk_wasm_module name)
  set(module "${BK_WASM_DIR}/${name}.wasm")
  set(archives "${BK_WASM_DIR}/libguest.a" "${BK_WASM_DIR}/libbulkhead.a" ${BK_WASM_DEPS})
  set(scripts "${CMAKE_SOURCE_DIR}/scripts")
  set(order "${CMAKE_SOURCE_DIR}/cmake/order-engine.txt")
  set(link "${BK_DEPS_CXX}" ${BK_WASM_LINK} -mexec-model=reactor -Wl,--export=bk_guest_run)
  if(CMAKE_BUILD_TYPE STREQUAL "Debug")
    set(finish ${CMAKE_COMMAND} -E copy "${module}.linked" "${module}.tmp")
  else()
    list(APPEND link -Wl,--emit-relocs -Wl,--strip-debug)
    set(finish "${Python3_EXECUTABLE}" "${scripts}/order-module" "${order}" "${module}.linked" "${module}.tmp" "${BK_WASM_DIR}/${name}.names")
  endif()
  add_custom_command(
    OUTPUT "${module}"
    BYPRODUCTS "${module}.linked"
    COMMAND ${link} ${ARGN} ${archives} -o "${module}.linked"
    COMMAND ${finish}
    COMMAND "${Python3_EXECUTABLE}" "${scripts}/check-imports" "${module}.tmp"
    COMMAND ${CMAKE_COMMAND} -E rename "${module}.tmp" "${module}"
    DEPENDS ${ARGN} ${archives} "${order}" "${scripts}/order-module" "${scripts}/wasm_module.py" "${scripts}/check-imports"
    COMMENT "Linking ${name}.wasm"
    COMMAND_EXPAND_LISTS VERBATIM)
endfunction()

find_package(Python3 REQUIRED COMPONENTS Interpreter)

# What the engine leans on, compiled for wasm; modules link it after the engine.
set(BK_WASM_DEPS)
foreach(lib re2 md deflate)
  list(APPEND BK_WASM_DEPS "${BK_DEPS_WASM32}/lib/lib${lib}.a")
endforeach()

set(wasm_sources)
foreach(folder ${BK_ENGINE_FOLDERS})
  bk_sources(found "src/${folder}")
  list(APPEND wasm_sources ${found})
endforeach()
bk_wasm_objects(wasm_objects ${wasm_sources})
bk_wasm_archive(libbulkhead.a ${wasm_objects})
bk_sources(guest_sources "src/guest")
bk_wasm_objects(guest_objects ${guest_sources})
bk_wasm_archive(libguest.a ${guest_objects})
add_custom_target(wasm-objects ALL DEPENDS "${BK_WASM_DIR}/libbulkhead.a" "${BK_WASM_DIR}/libguest.a")
if(EXISTS "${CMAKE_SOURCE_DIR}/src/guest/guest.c")
  set(BK_HAVE_GUEST ON)
  # Without its entry the engine does not link; the modules of the tests bring their own.
  bk_sources(engine_sources "src/engine")
  if(engine_sources)
    set(BK_HAVE_ENGINE ON)
    bk_wasm_module(engine)
  endif()
endif()

# For editors; written when everything that adds to it has been read.
function(bk_wasm_write_compile_commands)
  get_property(commands GLOBAL PROPERTY BK_WASM_COMPILE_COMMANDS)
  list(JOIN commands ",\n" commands)
  file(GENERATE OUTPUT "${BK_WASM_DIR}/compile_commands.json" CONTENT "[\n${commands}\n]\n")
endfunction()
cmake_language(DEFER CALL bk_wasm_write_compile_commands)
