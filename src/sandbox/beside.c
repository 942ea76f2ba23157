#define _GNU_SOURCE
#include "sandbox/beside.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#define OWN_PATH 4096u

static bool own_path(char to[OWN_PATH]) {
#ifdef __APPLE__
    uint32_t n = OWN_PATH;
    return _NSGetExecutablePath(to, &n) == 0;
#else
    ssize_t n = readlink("/proc/self/exe", to, OWN_PATH - 1);
    if (n <= 0 || (size_t)n >= OWN_PATH - 1) return false;
    to[n] = 0;
    return true;
#endif
}

bk_status bk_beside_find(const char *name, const char *what, char ret[BK_BESIDE_PATH], bk_err *err) {
    /* The last is for the programs of the tests, which lie in a folder of their own. */
    static const char *const places[] = {"", "../libexec/bulkhead/", "../bin/"};
    char self[OWN_PATH];
    if (!own_path(self)) return bk_err_set(err, BK_ERR_IO, "cannot tell where this program lies, and so not where %s does", name);
    const char *slash = strrchr(self, '/');
    int folder = slash ? (int)(slash - self) + 1 : 0;
    for (size_t i = 0; i < BK_COUNT(places); i++) {
        int n = snprintf(ret, BK_BESIDE_PATH, "%.*s%s%s", folder, self, places[i], name);
        if (n > 0 && (size_t)n < BK_BESIDE_PATH && access(ret, X_OK) == 0) return BK_OK;
    }
    return bk_err_set(err, BK_ERR, "%s need the program %s, which is neither beside this one nor in ../libexec/bulkhead", what, name);
}
