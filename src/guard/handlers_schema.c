/* handlers_schema.c: the effect schema-ref: documents that a values.schema.json refers to.
 *
 *     {url}  ->  bytes          url: absolute; file:, http: or https:
 *
 * Denied until granted. What rules match is the file's real path as a file: URL, symbolic links resolved; or the URL as it stands. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard/handlers.h"
#include "base/num.h"
#include "value/codec.h"

#define DOCUMENT_MAX ((size_t)15 << 20)

/* The path of a file: URL, as a C string in `out`; false when it is no path. A host in it counts for nothing, as in Helm ("file://../x" is /x). */
static bool file_path(bk_str url, char out[PATH_MAX]) {
    bk_str path = bk_str_from(url, strlen("file:"));
    size_t n = 0;
    if (bk_str_starts(path, BK_S("//"))) {
        size_t slash = bk_str_find_byte(bk_str_from(path, 2), '/');
        if (slash == BK_NPOS) return false;
        path = bk_str_from(path, 2 + slash);
    }
    for (size_t i = 0; i < path.n; i++) {
        int c = (unsigned char)path.p[i];
        if (c == '%' && i + 2 < path.n && bk_hex_digit(path.p[i + 1]) >= 0 && bk_hex_digit(path.p[i + 2]) >= 0) {
            c = bk_hex_digit(path.p[i + 1]) * 16 + bk_hex_digit(path.p[i + 2]);
            i += 2;
        }
        if (c == 0 || n + 1 >= PATH_MAX) return false;
        out[n++] = (char)c;
    }
    out[n] = 0;
    return n > 0 && out[0] == '/';
}

static bool is_file(bk_str url) { return bk_str_starts(url, BK_S("file:")); }

static bk_status target(void *self, const bk_ask *ask, bk_str *ret, bk_err *err) {
    (void)self;
    bk_str url;
    char path[PATH_MAX], real[PATH_MAX];
    if (!bk_arg_text(ask, "url", &url)) return bk_arg_fail(ask, err);
    if (!is_file(url)) {
        *ret = url;
        return BK_OK;
    }
    if (!file_path(url, path)) return bk_err_set(err, BK_ERR, "a file: reference without an absolute path");
    /* A file that is not there is named as the chart names it, or the message would be of no help. */
    bool ok = bk_arena_cat(ask->arena, BK_S("file://"), bk_str_c(realpath(path, real) ? real : path), ret);
    return ok ? BK_OK : bk_arena_fail(ask->arena, err);
}

static bk_status read_document(const char *path, bk_buf *out, bk_err *err) {
    struct stat st;
    /* The path was resolved before the decision; a link that has come into its place since is not what was granted. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return bk_err_set(err, BK_ERR, "open %s: %s", path, strerror(errno));
    bk_status status = BK_OK;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) status = bk_err_set(err, BK_ERR, "open %s: not a regular file", path);
    while (status == BK_OK) {
        char *at = bk_buf_reserve(out, 64 << 10);
        if (!at || out->n > DOCUMENT_MAX) {
            status = bk_err_limit(err, "bytes of a schema", DOCUMENT_MAX);
            break;
        }
        ssize_t got = read(fd, at, 64 << 10);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) status = bk_err_set(err, BK_ERR, "read %s: %s", path, strerror(errno));
        if (got <= 0) break;
        out->n += (size_t)got;
    }
    close(fd);
    return status;
}

static bk_status perform(void *self, const bk_ask *ask, bk_buf *answer, bk_err *err) {
    const bk_builtins *b = self;
    bk_buf bytes;
    bk_buf_init(&bytes, ask->arena, DOCUMENT_MAX + (64 << 10));
    if (is_file(ask->target)) {
        bk_str path;
        if (!bk_arena_dup(ask->arena, bk_str_from(ask->target, strlen("file://")), &path)) return bk_arena_fail(ask->arena, err);
        BK_TRY(read_document(path.p, &bytes, err));
    } else if (!bk_str_starts(ask->target, BK_S("https://")) && !bk_str_starts(ask->target, BK_S("http://"))) {
        return bk_err_set(err, BK_ERR, "no way to read such a reference");
    } else if (!b->fetch) {
        return bk_err_set(err, BK_ERR, "this command does not fetch from the network");
    } else {
        BK_TRY(b->fetch(b->fetch_self, ask, ask->target, DOCUMENT_MAX, &bytes, err));
    }
    return bk_codec_encode(answer, bk_bytes(bk_buf_view(&bytes)), err);
}

const bk_handler bk_handler_schema_ref = {.target = target, .perform = perform};
