// Shadows RE2's util/logging.h: no iostreams, no output. What RE2 calls fatal aborts (in the
// compartment: traps); everything else is silent, because errors come back as values.
#ifndef UTIL_LOGGING_H_
#define UTIL_LOGGING_H_

#include <stdio.h>   // RE2's sources lean on these through the original header
#include <stdlib.h>

#include "util/util.h"

namespace re2 {

struct NullStream {
  template <class T>
  NullStream& operator<<(const T&) {
    return *this;
  }
};

struct QuietLog {
  NullStream none;
  NullStream& stream() { return none; }
};

struct FatalLog {
  NullStream none;
  NullStream& stream() { return none; }
  ~FatalLog() { abort(); }
};

}  // namespace re2

#define LOG_INFO ::re2::QuietLog()
#define LOG_WARNING ::re2::QuietLog()
#define LOG_ERROR ::re2::QuietLog()
#define LOG_DFATAL ::re2::QuietLog()
#define LOG_FATAL ::re2::FatalLog()
#define LOG_QFATAL ::re2::FatalLog()
#define LOG(severity) LOG_##severity.stream()
#define VLOG(level) if ((level) > 0) {} else LOG_INFO.stream()

#define CHECK(x) if (x) {} else LOG_FATAL.stream() << #x
#define CHECK_LT(x, y) CHECK((x) < (y))
#define CHECK_GT(x, y) CHECK((x) > (y))
#define CHECK_LE(x, y) CHECK((x) <= (y))
#define CHECK_GE(x, y) CHECK((x) >= (y))
#define CHECK_EQ(x, y) CHECK((x) == (y))
#define CHECK_NE(x, y) CHECK((x) != (y))

#define DCHECK(c) ((void)(false && (c)))
#define DCHECK_EQ(a, b) DCHECK((a) == (b))
#define DCHECK_NE(a, b) DCHECK((a) != (b))
#define DCHECK_LE(a, b) DCHECK((a) <= (b))
#define DCHECK_LT(a, b) DCHECK((a) < (b))
#define DCHECK_GE(a, b) DCHECK((a) >= (b))
#define DCHECK_GT(a, b) DCHECK((a) > (b))

#endif
