/* compiler.h: the few compiler attributes that the code relies on, under one name each. */
#ifndef BK_BASE_COMPILER_H
#define BK_BASE_COMPILER_H

/* The caller has to look at the result. */
#define BK_MUST __attribute__((warn_unused_result))
/* printf-like: argument f is the format, a the first argument. */
#define BK_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define BK_NORETURN __attribute__((noreturn))
/* Hardly ever called, as what words errors: kept out of its callers, and small rather than fast, so that the code that runs lies close together. */
#define BK_COLD __attribute__((cold))
/* Called now and then from code that runs often: inlined there, its variables would push that code's own out of the registers. */
#define BK_APART __attribute__((noinline))
/* Called from two or three places that run so often that each is to have its own copy. */
#define BK_INLINE static inline __attribute__((always_inline))
#define BK_UNUSED __attribute__((unused))
#define BK_LIKELY(x) __builtin_expect(!!(x), 1)
#define BK_UNLIKELY(x) __builtin_expect(!!(x), 0)
/* Runs a cleanup function when the variable leaves its scope (host code). */
#define BK_CLEANUP(fn) __attribute__((cleanup(fn)))
#define BK_COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* Defined in builds with the address sanitizer. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BK_SANITIZED 1
#endif
#endif

#endif
