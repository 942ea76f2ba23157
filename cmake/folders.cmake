# One static library per folder of src/: bk_<folder>. Sources are found by name, so a new file needs no edit here,
# and a folder that is not there is left out.
#
# The order is the order of the layers: a library may use those above it, and links nothing else, so a forbidden
# call does not link either. tests/… (scripts/check-layers) checks the includes.

set(BK_ENGINE_FOLDERS base value text data tmpl sprig chart engine)
set(BK_HOST_FOLDERS net sandbox guard plugin policy kube release registry trust action cli)
# Of the engine, the host links these.
set(BK_SHARED_FOLDERS base value data)

# bk_sources(VAR FOLDER): the C and C++ files of a folder.
function(bk_sources var folder)
  file(GLOB found CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*.c" "${CMAKE_SOURCE_DIR}/${folder}/*.cc")
  set(${var} ${found} PARENT_SCOPE)
endfunction()

# bk_folders(RESULT FOLDERS LIBRARIES…): makes the libraries; RESULT lists them, those that use first.
function(bk_folders result folders)
  set(lower ${ARGN})
  foreach(folder ${folders})
    bk_sources(sources "src/${folder}")
    list(FILTER sources EXCLUDE REGEX "/src/cli/main\\.c$")
    if(sources)
      add_library(bk_${folder} STATIC ${sources})
      target_include_directories(bk_${folder} SYSTEM PRIVATE "${BK_DEPS_NATIVE}/include")
      target_link_libraries(bk_${folder} PUBLIC ${lower})
      list(PREPEND lower bk_${folder})
    endif()
  endforeach()
  set(${result} ${lower} PARENT_SCOPE)
endfunction()

bk_folders(BK_ENGINE_LIBS "${BK_ENGINE_FOLDERS}" dep::re2 dep::md dep::deflate)
if(TARGET bk_base)
  target_include_directories(bk_base SYSTEM PRIVATE "${BK_DEPS_UNICODE}")
endif()

set(shared_libs)
foreach(folder ${BK_SHARED_FOLDERS})
  if(TARGET bk_${folder})
    list(PREPEND shared_libs bk_${folder})
  endif()
endforeach()
bk_folders(BK_HOST_LIBS "${BK_HOST_FOLDERS}" ${shared_libs} dep::wasmtime_runtime dep::curl dep::crypto dep::crypt dep::libc)
foreach(folder ${BK_HOST_FOLDERS})
  if(TARGET bk_${folder})
    target_compile_definitions(bk_${folder} PRIVATE BK_VERSION="${PROJECT_VERSION}")
  endif()
endforeach()
