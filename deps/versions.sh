# The third-party sources: one line each, and the only place where a version or checksum stands
# (Wasmtime's is in deps/wasmtime/Cargo.toml and its lock file).
#   name | source package | original archive | sha256
BK_SOURCES='
re2|re2|re2_20220601+dfsg.orig.tar.xz|3bc61251da3b0b97be40a8a127818c517c62516e4eda11fc901d29496663df54
libmd|libmd|libmd_1.0.4.orig.tar.xz|f51c921042e34beddeded4b75557656559cf5b1f2448033b4c1eec11c07e530f
libdeflate|libdeflate|libdeflate_1.14.orig.tar.gz|89e7df898c37c3427b0f39aadcf733731321a278771d20fc553f92da8d4808ac
nghttp2|nghttp2|nghttp2_1.52.0.orig.tar.gz|6b71561a9950b4a90fa36aa3160763f1437f3730d7a12434e416aa3f4ab145e0
curl|curl|curl_7.88.1.orig.tar.gz|cdb38b72e36bc5d33d5b8810f8018ece1baa29a8f215b4495e495ded82bbf3c7
'
# Debian's security fixes to what we compile of them, in their order, each pinned by itself: the archive that holds them
# (PACKAGE_VERSION.debian.tar.xz) is replaced with every update, the fixes in it stay.
#   name | file below debian/patches | sha256
BK_PATCHES='
curl|CVE-2023-27538.patch|de986f7d2f279d8ca5a7cd3a009d34de4ddfd359e152b2b1ac5f3a8b09f13ede
curl|CVE-2023-27535.patch|054abbcdbc07394d7032ec6e98706d9a1e1ff4c87fa8a332d1c859777d5620f7
curl|CVE-2023-27536.patch|68782a17bff672149b19d0fbec89016f52daf7d476aea29d6e6876151e342315
curl|CVE-2023-28320.patch|6d07efbcbd9482e0a1e1407e96fb7327097432b7b73d1cc0e16435be97ce1d48
curl|CVE-2023-28320-1.patch|2534b858d43964c69dc365f8d795a28f90365dda2064ca4b10a7937dfc415e57
curl|CVE-2023-28321.patch|70def69bee6e53d5445d98463094a3ae0123579ad592b6aaf9864b497a61e6d4
curl|CVE-2023-28322.patch|8fc565acaa860c3372b3cb4ab258ee2bfd306534e1cd6038b969701ae0afad4a
curl|CVE-2023-38039.patch|4464987628492b6b283ca80f6a3f61cdc529977c12019954bfdca8a466ace9df
curl|CVE-2023-38545.patch|26fff6b325ac6cea6f95b8840e6b3e36b650229bf98bbcf2e8fdfaa651189cc0
curl|CVE-2023-38546.patch|a4ed4237930c029bdd707b46c2b630a89f49370fe6f2d72a2ab0dc91f8e128e3
curl|CVE-2024-2004.patch|c62bdbf05fa3492f15ad0f44341f9fcde0bcdc91a9fcab458854a4816e3049bd
curl|CVE-2024-2398.patch|83dc6ec68ade76e3da716af990ed93424f1f55db4af217ff2dd8896459db95fd
curl|url-use-same-credentials-on-redirect.patch|04dfcb2fcbafa1c141db703e54ed76801d20763db31dd6abe6509ba147d6447e
curl|CVE-2024-11053.patch|f28057be134da45e850726c92e28cb996f452fc4b166bcc0deea8b3ff27a45a9
curl|CVE-2025-14819.patch|373b80a196f29007c4369f754d04df4bc92305525cd039e18e90a59e3673d1d4
curl|CVE-2026-3783.patch|3aa721fae62fe22d2dca20ad5e906dd9a2ae824f806c215b71e175ee6871fd0a
curl|CVE-2026-3784.patch|b0cf9a01ebe485e6610d36fb601d45d7ee536905c96a522900e364ac89e9aeea
curl|CVE-2026-7168.patch|f83ee950705052f740361a84ffd7f455c5bbe9b62e616089bad3d5f5cea15cc9
curl|0001-http_chunks-reset-the-trailer-to-avoid-memory-leak.patch|6d2956e551ce1720a68910fd2fb017b8ac02d295130a3a03bd16f065f337d4c4
nghttp2|CVE-2023-44487.patch|38fcc442de94ad559320a97a149e177a5d2e78f513b0910edbaad6bb43c01aa3
nghttp2|0001-Limit-CONTINUATION-frames-following-an-incoming-HEAD.patch|6b71e0c73cd27b8049998ee56b7bb77cd825b9f6e4e80fb4c32a06ca675b3914
nghttp2|0002-Add-nghttp2_option_set_max_continuations.patch|7bf2fabc4a1ede87b62691346646c7b0186ef19cfd5bc67d8485524fd318cb67
nghttp2|CVE-2026-27135.patch|7070e4789f1bb326b16d44f2fcdc8cec89ae8695928149f2d90766d76d3491ba
'
# The C library of the static program, from the stable Debian after ours, with that one's fixes to what is in a program.
BK_MUSL_SUITE=trixie
BK_MUSL_SOURCES='
musl|musl|musl_1.2.5.orig.tar.gz|a9a118bbe84d8764da0ea0d28b3ab3fae8477fc7e4085d90102b8596fc7c75e4
'
BK_MUSL_PATCHES='
musl|CVE-2025-26519-0001_iconv_fix_erroneous_input_validation_in_EUC_KR_decod.patch|19f9e36002c9680da1dd480035dfcca6610d13d9b9e5ca1a6783bedc049b99b0
musl|CVE-2025-26519-0002_iconv_harden_UTF_8_output_code_path_against_input_de.patch|70e9d5f98dae49b0b3dd180b4a0bd2f222acda3e58b9b4bf00b25b0d592339dd
musl|0001-fix-pathological-slowness-incorrect-mappings-in-icon.patch|313e78e290eae305ca0fbfc384f785e60502e4c70c1166f67d7e9dda1442ae75
musl|0002-qsort-fix-leonardo-heap-corruption-from-bug-in-doubl.patch|495ede3d85132d47ae50686679f6b754f4f1fe69eb5170510164d93603cdefbc
'
# The oldest Rust that builds the pinned Wasmtime.
BK_RUST_MIN=1.95
