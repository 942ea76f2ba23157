# The third-party sources: one line each, and the only place where a version or checksum stands
# (Wasmtime's is in deps/wasmtime/Cargo.toml and its lock file).
#   name | source package | original archive | sha256
BK_SOURCES='
re2|re2|re2_20220601+dfsg.orig.tar.xz|3bc61251da3b0b97be40a8a127818c517c62516e4eda11fc901d29496663df54
libmd|libmd|libmd_1.0.4.orig.tar.xz|f51c921042e34beddeded4b75557656559cf5b1f2448033b4c1eec11c07e530f
libdeflate|libdeflate|libdeflate_1.14.orig.tar.gz|89e7df898c37c3427b0f39aadcf733731321a278771d20fc553f92da8d4808ac
'
# The oldest Rust that builds the pinned Wasmtime.
BK_RUST_MIN=1.95
