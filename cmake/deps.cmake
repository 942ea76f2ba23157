# What is not ours, as imported targets; scripts/setup put it where BK_DEPS_* point.

function(bk_import name archive include)
  add_library(${name} STATIC IMPORTED)
  set_target_properties(${name} PROPERTIES IMPORTED_LOCATION "${archive}")
  if(include)
    # System headers: our warnings are not theirs.
    target_include_directories(${name} SYSTEM INTERFACE "${include}")
  endif()
endfunction()

foreach(lib re2 md deflate)
  bk_import(dep::${lib} "${BK_DEPS_NATIVE}/lib/lib${lib}.a" "${BK_DEPS_NATIVE}/include")
endforeach()
bk_import(dep::wasmtime "${BK_DEPS_WASMTIME}/lib/libwasmtime.a" "${BK_DEPS_WASMTIME}/include")
find_package(Threads REQUIRED)
target_link_libraries(dep::wasmtime INTERFACE Threads::Threads ${CMAKE_DL_LIBS} m)

# OpenSSL's libcrypto and libcrypt, as archives where there are any: two shared libraries fewer at every start.
set(OPENSSL_USE_STATIC_LIBS TRUE)
find_package(OpenSSL 3 COMPONENTS Crypto)
if(NOT OPENSSL_FOUND)
  unset(OPENSSL_USE_STATIC_LIBS)
  find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto)
endif()
add_library(dep::crypto ALIAS OpenSSL::Crypto)
find_library(BK_LIBCRYPT NAMES libcrypt.a crypt)
add_library(dep::crypt INTERFACE IMPORTED)
if(BK_LIBCRYPT)
  target_link_libraries(dep::crypt INTERFACE "${BK_LIBCRYPT}")
endif()
