#include "sandbox/output.h"

static bk_status broken(bk_err *err, const char *what) { return bk_err_set(err, BK_ERR_TRAP, "malformed output: %s", what); }

static bk_status guest_error(bk_str bytes, bk_err *err) {
    if (bytes.n < 4) return broken(err, "an error without a status");
    uint32_t code = bk_read_u32(bytes);
    bk_str message = bk_str_from(bytes, 4);
    switch (code) {
    case BK_ERR_LIMIT:
    case BK_ERR_NOMEM:
    case BK_ERR_DENIED:
    case BK_ERR_IO:
    case BK_ERR_INTERNAL: return bk_err_set_str(err, (bk_status)code, message);
    default: return bk_err_set_str(err, BK_ERR, message);
    }
}

/* Where the walk stands: what has been seen, and what came last. */
typedef struct walk {
    uint32_t last;
    bool notes, result, bytes, failed;
    bk_str error;
} walk;

static const char *once(bool *seen) {
    const char *wrong = *seen ? "a section that may come only once" : NULL;
    *seen = true;
    return wrong;
}

/* NULL, or what is wrong with this section at this place. */
static const char *step(walk *at, uint32_t tag, bk_str bytes) {
    if (at->last == BK_TAG_DONE) return "sections behind the end";
    if (at->failed && tag != BK_TAG_DONE) return "sections behind an error";
    if ((at->last == BK_TAG_MANIFEST) != (tag == BK_TAG_BODY)) return "a manifest and its body go together";
    at->last = tag;
    switch (tag) {
    case BK_TAG_LOG:
    case BK_TAG_MANIFEST:
    case BK_TAG_BODY: return NULL;
    case BK_TAG_NOTES: return once(&at->notes);
    case BK_TAG_RESULT: return once(&at->result);
    case BK_TAG_BYTES: return once(&at->bytes);
    case BK_TAG_ERROR: at->error = bytes; return once(&at->failed);
    case BK_TAG_DONE: return bytes.n ? "an end that is not empty" : NULL;
    default: return "an unknown section";
    }
}

bk_status bk_sandbox_output_check(bk_str output, bk_err *err) {
    bk_sections sections = {output};
    walk at = {0};
    for (uint32_t count = 0;; count++) {
        uint32_t tag;
        bk_str bytes;
        bk_err cause = BK_ERR_INIT;
        if (bk_sections_next(&sections, &tag, &bytes, &cause) != BK_OK) {
            bk_err_release(&cause);
            return broken(err, "a section that is cut short");
        }
        if (tag == 0) break;
        if (count == BK_SANDBOX_SECTIONS) return broken(err, "too many sections");
        const char *wrong = step(&at, tag, bytes);
        if (wrong) return broken(err, wrong);
    }
    if (at.last != BK_TAG_DONE) return broken(err, "no end");
    return at.failed ? guest_error(at.error, err) : BK_OK;
}
