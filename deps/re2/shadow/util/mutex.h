// Shadows RE2's util/mutex.h. The engine is single-threaded in both builds, and WASI has no
// threads at all, so locking is nothing.
#ifndef UTIL_MUTEX_H_
#define UTIL_MUTEX_H_

namespace re2 {

class Mutex {
 public:
  void Lock() {}
  void Unlock() {}
  void ReaderLock() {}
  void ReaderUnlock() {}
  void WriterLock() {}
  void WriterUnlock() {}
};

struct MutexLock {
  explicit MutexLock(Mutex*) {}
  ~MutexLock() {}
};

struct ReaderMutexLock {
  explicit ReaderMutexLock(Mutex*) {}
  ~ReaderMutexLock() {}
};

struct WriterMutexLock {
  explicit WriterMutexLock(Mutex*) {}
  ~WriterMutexLock() {}
};

}  // namespace re2

#endif
