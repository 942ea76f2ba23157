#include "guard/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard/escape.h"
#include "guard/ledger.h"

#define MAGIC "BKR\1"
#define COLLECT ((size_t)256 << 10)

/* Entries: u32 tag, u32 length, bytes, as in base/boundary.h. */
enum entry {
    HEAD = 1,   /* key (32), u32 length and bytes of the release, the namespace */
    CALL = 2,   /* u32 op, HMAC of the request */
    INPUT = 3,  /* HMAC of the bytes */
    ASK = 4,    /* u32 effect, the request's frame */
    ANSWER = 5, /* u32 status, the payload or the error's text */
    END = 6,    /* SHA-256 of all before this entry */
    FACT = 7,   /* u32 length and bytes of the name, bytes */
    PLUGIN = 8, /* HMAC of the input, text: which plugin */
    WANT = 9,   /* u32 length and bytes of a text: what a plugin asks for; the request */
    DONE = 10,  /* of a plugin's call: u32 status, HMAC of the output */
};

struct bk_record {
    bool reading;
    int fd;           /* writing */
    bk_buf bytes;     /* writing: collected; reading: the whole file */
    bk_digest digest; /* writing: of what was written */
    size_t written;
    bk_sections rest; /* reading */
    size_t step;      /* entries read */
    bool broken;
};

static const char *entry_name(uint32_t tag) {
    static const char *const names[] = {"nothing",
                                        "its head",
                                        "a call",
                                        "an input",
                                        "a request",
                                        "an answer",
                                        "its end",
                                        "a fact",
                                        "a call of a plugin",
                                        "a request of a plugin",
                                        "the end of a plugin's call"};
    return tag < BK_COUNT(names) ? names[tag] : "an unknown entry";
}

/* ---- writing ---- */

static bk_status flush(bk_record *r, bk_err *err) {
    bk_str bytes = bk_buf_view(&r->bytes);
    if (bytes.n > BK_RECORD_MAX - r->written) return bk_err_limit(err, "bytes of the record", BK_RECORD_MAX);
    bk_digest_add(&r->digest, bytes);
    BK_TRY(bk_ledger_write(r->fd, bytes, "record", err));
    r->written += bytes.n;
    bk_buf_reset(&r->bytes);
    return BK_OK;
}

/* An entry of a number (unless it is beyond 32 bits) and bytes. */
static const uint64_t no_number = UINT64_MAX;
static bk_status put(bk_record *r, enum entry tag, uint64_t number, bk_str bytes, bk_err *err) {
    if (r->broken) return bk_err_set(err, BK_ERR_IO, "the record could not be written before");
    if (bytes.n > BK_RECORD_MAX - 4) return bk_err_limit(err, "bytes of the record", BK_RECORD_MAX);
    bk_buf_u32(&r->bytes, tag);
    bk_buf_u32(&r->bytes, (uint32_t)(bytes.n + (number != no_number ? 4 : 0)));
    if (number != no_number) bk_buf_u32(&r->bytes, (uint32_t)number);
    bk_buf_str(&r->bytes, bytes);
    bk_status status = bk_buf_check(&r->bytes, err);
    if (status == BK_OK && r->bytes.n > COLLECT) status = flush(r, err);
    r->broken = status != BK_OK;
    return status;
}

bk_status bk_record_create(const char *path, const bk_record_head *head, bk_record **ret, bk_err *err) {
    bk_record *r = calloc(1, sizeof *r);
    if (!r) return bk_err_nomem(err);
    bk_buf_init(&r->bytes, NULL, BK_RECORD_MAX);
    bk_digest_init(&r->digest);
    r->fd = -1;
    bk_status status = bk_ledger_open_file(path, "record", &r->fd, err);
    if (status == BK_OK) {
        bk_buf_c(&r->bytes, MAGIC);
        size_t begin = bk_section_begin(&r->bytes, (bk_tag)HEAD);
        bk_buf_bytes(&r->bytes, (const char *)head->key, BK_DIGEST_SIZE);
        bk_buf_u32(&r->bytes, (uint32_t)head->release.n);
        bk_buf_str(&r->bytes, head->release);
        bk_buf_u32(&r->bytes, (uint32_t)head->namespace_.n);
        bk_buf_str(&r->bytes, head->namespace_);
        bk_section_end(&r->bytes, begin);
        status = bk_buf_check(&r->bytes, err);
    }
    if (status == BK_OK) *ret = r;
    else bk_record_free(r);
    return status;
}

/* ---- reading ---- */

static bk_status load(bk_record *r, int fd, const char *path, bk_err *err) {
    struct stat st;
    if (fstat(fd, &st) != 0) return bk_err_set(err, BK_ERR_IO, "record %s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode)) return bk_err_set(err, BK_ERR_IO, "record %s: is no regular file", path);
    if (st.st_size < 0 || (uint64_t)st.st_size > BK_RECORD_MAX) return bk_err_limit(err, "bytes of the record", BK_RECORD_MAX);
    for (;;) {
        char *at = bk_buf_reserve(&r->bytes, 64 << 10);
        if (!at) return bk_buf_check(&r->bytes, err);
        ssize_t n = read(fd, at, 64 << 10);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return bk_err_set(err, BK_ERR_IO, "record %s: %s", path, strerror(errno));
        if (n == 0) return BK_OK;
        r->bytes.n += (size_t)n;
    }
}

/* The last entry is the digest of all others. Cuts it off. */
static bk_status check_end(bk_str *bytes, const char *path, bk_err *err) {
    const size_t size = 8 + BK_DIGEST_SIZE;
    if (bytes->n < strlen(MAGIC) + size || !bk_str_starts(*bytes, BK_S(MAGIC)))
        return bk_err_set(err, BK_ERR, "record %s: is not a record of this version", path);
    bk_str body = bk_str_sub(*bytes, 0, bytes->n - size), end = bk_str_from(*bytes, bytes->n - size);
    unsigned char sum[BK_DIGEST_SIZE];
    bk_digest digest;
    bk_digest_init(&digest);
    bk_digest_add(&digest, body);
    bk_digest_final(&digest, sum);
    if (bk_read_u32(end) != END || bk_read_u32(bk_str_from(end, 4)) != BK_DIGEST_SIZE || memcmp(end.p + 8, sum, sizeof sum) != 0)
        return bk_err_set(err, BK_ERR, "record %s: is damaged, or its run did not end", path);
    *bytes = body;
    return BK_OK;
}

static bool cut_text(bk_str *rest, bk_str *ret) {
    if (rest->n < 4) return false;
    uint32_t n = bk_read_u32(*rest);
    if (n > rest->n - 4) return false;
    *ret = bk_str_sub(*rest, 4, 4 + (size_t)n);
    *rest = bk_str_from(*rest, 4 + (size_t)n);
    return true;
}

static bk_status next(bk_record *r, uint32_t *ret_tag, bk_str *ret_bytes, bk_err *err) {
    r->step++;
    return bk_sections_next(&r->rest, ret_tag, ret_bytes, err);
}

static bk_status read_head(bk_record *r, bk_record_head *head, bk_err *err) {
    uint32_t tag;
    bk_str bytes, release, name;
    BK_TRY(next(r, &tag, &bytes, err));
    bk_str rest = bk_str_from(bytes, BK_DIGEST_SIZE);
    if (tag != HEAD || bytes.n < BK_DIGEST_SIZE || !cut_text(&rest, &release) || !cut_text(&rest, &name))
        return bk_err_set(err, BK_ERR, "replay: the record has no head");
    memcpy(head->key, bytes.p, BK_DIGEST_SIZE);
    if (bk_str_eq(release, head->release) && bk_str_eq(name, head->namespace_)) return BK_OK;
    bk_buf text;
    bk_buf_init(&text, NULL, 0);
    bk_buf_c(&text, "replay: the record is of release \"");
    bk_escape_line(&text, release);
    bk_buf_c(&text, "\" in namespace \"");
    bk_escape_line(&text, name);
    bk_buf_c(&text, "\", not of this one");
    bk_err_set_str(err, BK_ERR, bk_buf_view(&text));
    bk_buf_release(&text);
    return BK_ERR;
}

bk_status bk_record_open(const char *path, bk_record_head *head, bk_record **ret, bk_err *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return bk_err_set(err, BK_ERR_IO, "record %s: %s", path, strerror(errno));
    bk_record *r = calloc(1, sizeof *r);
    if (!r) {
        close(fd);
        return bk_err_nomem(err);
    }
    bk_buf_init(&r->bytes, NULL, BK_RECORD_MAX + 1);
    r->reading = true;
    r->fd = -1;
    bk_status status = load(r, fd, path, err);
    close(fd);
    bk_str body = bk_buf_view(&r->bytes);
    if (status == BK_OK) status = check_end(&body, path, err);
    r->rest.rest = bk_str_from(body, strlen(MAGIC));
    if (status == BK_OK) status = read_head(r, head, err);
    if (status == BK_OK) *ret = r;
    else bk_record_free(r);
    return status;
}

bool bk_record_reading(const bk_record *r) { return r->reading; }

/* ---- steps ---- */

/* Both descriptions may hold text of a guest. */
static bk_status differs(bk_record *r, bk_str recorded, bk_str now, bk_err *err) {
    bk_buf text;
    bk_buf_init(&text, NULL, 0);
    bk_buf_printf(&text, "replay: step %zu differs: the record has ", r->step);
    bk_escape_line(&text, recorded);
    bk_buf_c(&text, ", this run ");
    bk_escape_line(&text, now);
    bk_err_set_str(err, BK_ERR, bk_buf_view(&text));
    bk_buf_release(&text);
    return BK_ERR;
}

/* A step that is one number and bytes: written, or compared. *ret_same tells the comparison's outcome when the kinds agree. */
static bk_status step(bk_record *r, enum entry tag, uint64_t number, bk_str bytes, bool *ret_same, bk_str *ret_recorded, bk_err *err) {
    *ret_same = true;
    if (!r->reading) return put(r, tag, number, bytes, err);
    uint32_t found;
    bk_str recorded = {0};
    BK_TRY(next(r, &found, &recorded, err));
    if (found != tag) return differs(r, bk_str_c(entry_name(found)), bk_str_c(entry_name(tag)), err);
    *ret_recorded = recorded;
    if (number != no_number) {
        *ret_same = recorded.n >= 4 && bk_read_u32(recorded) == number;
        recorded = bk_str_from(recorded, 4);
    }
    *ret_same = *ret_same && bk_str_eq(recorded, bytes);
    return BK_OK;
}

/* Moves to the first entry at or behind this place that `fits`; false, and nothing has moved, without one. */
static bool seek(bk_record *r, bool (*fits)(uint32_t tag, bk_str bytes, const void *what), const void *what) {
    bk_sections at = r->rest;
    bk_err ignored = BK_ERR_INIT;
    uint32_t tag = 1;
    bk_str bytes;
    bool found = false;
    for (size_t n = r->step; !found && tag; n++) {
        const bk_sections here = at;
        if (bk_sections_next(&at, &tag, &bytes, &ignored) != BK_OK) break;
        found = tag && fits(tag, bytes, what);
        if (!found) continue;
        r->rest = here;
        r->step = n;
    }
    bk_err_release(&ignored);
    return found;
}

static bool is_call(uint32_t tag, bk_str bytes, const void *what) { return tag == CALL && bk_str_eq(bytes, *(const bk_str *)what); }

/* Calls that this run does not make are passed over. */
static void seek_call(bk_record *r, uint32_t op, const unsigned char hmac[BK_DIGEST_SIZE]) {
    char wanted[4 + BK_DIGEST_SIZE];
    for (unsigned i = 0; i < 4; i++) wanted[i] = (char)(op >> (8 * i));
    memcpy(wanted + 4, hmac, BK_DIGEST_SIZE);
    const bk_str what = bk_str_of(wanted, sizeof wanted);
    seek(r, is_call, &what);
}

bk_status bk_record_call(bk_record *r, uint32_t op, const unsigned char hmac[BK_DIGEST_SIZE], bk_err *err) {
    bool same;
    bk_str recorded;
    if (r->reading) seek_call(r, op, hmac);
    BK_TRY(step(r, CALL, op, bk_str_of((const char *)hmac, BK_DIGEST_SIZE), &same, &recorded, err));
    return same ? BK_OK : differs(r, BK_S("a call with other values or options"), BK_S("is called with these"), err);
}

bk_status bk_record_input(bk_record *r, const unsigned char hmac[BK_DIGEST_SIZE], bk_err *err) {
    bool same;
    bk_str recorded;
    BK_TRY(step(r, INPUT, no_number, bk_str_of((const char *)hmac, BK_DIGEST_SIZE), &same, &recorded, err));
    return same ? BK_OK : differs(r, BK_S("an input with other bytes"), BK_S("reads a changed file"), err);
}

/* "dns at a/templates/x.yaml:3:4" of a recorded request. */
static void describe(bk_buf *out, bk_str recorded) {
    bk_sections sections;
    bk_err ignore = BK_ERR_INIT;
    uint32_t tag = 0;
    bk_str bytes;
    const char *name = recorded.n >= 4 ? bk_effect_name(bk_read_u32(recorded)) : NULL;
    bk_buf_c(out, name ? name : "an unknown effect");
    if (bk_frame_open(bk_str_from(recorded, 4), &sections, &ignore) == BK_OK) {
        while (bk_sections_next(&sections, &tag, &bytes, &ignore) == BK_OK && tag && tag != BK_TAG_WHERE) {}
        if (tag == BK_TAG_WHERE) {
            bk_buf_c(out, " at ");
            bk_buf_str(out, bk_str_sub(bytes, 0, BK_ESCAPE_LINE));
        }
    }
    bk_err_release(&ignore);
}

bk_status bk_record_ask(bk_record *r, uint32_t effect, bk_str request, bk_str where, bk_err *err) {
    bool same;
    bk_str recorded;
    BK_TRY(step(r, ASK, effect, request, &same, &recorded, err));
    if (same) return BK_OK;
    bk_buf then, now;
    bk_buf_init(&then, NULL, 0);
    bk_buf_init(&now, NULL, 0);
    describe(&then, recorded);
    bk_buf_printf(&now, "asks for %s at %.*s", bk_effect_name(effect), BK_FMT(bk_str_sub(where, 0, BK_ESCAPE_LINE)));
    bool alike = bk_str_eq(bk_buf_view(&then), bk_str_from(bk_buf_view(&now), strlen("asks for ")));
    if (alike) bk_buf_c(&now, ", with other arguments");
    bk_status status = differs(r, bk_buf_view(&then), bk_buf_view(&now), err);
    bk_buf_release(&then);
    bk_buf_release(&now);
    return status;
}

bk_status bk_record_answer(bk_record *r, bk_status status, bk_str bytes, bk_err *err) { return put(r, ANSWER, status, bytes, err); }

bk_status bk_record_answered(bk_record *r, bk_status *ret_status, bk_str *ret_bytes, bk_err *err) {
    uint32_t tag;
    bk_str bytes;
    BK_TRY(next(r, &tag, &bytes, err));
    if (tag != ANSWER || bytes.n < 4 || bk_read_u32(bytes) > BK_ERR_INTERNAL)
        return bk_err_set(err, BK_ERR, "replay: step %zu of the record is no answer", r->step);
    *ret_status = (bk_status)bk_read_u32(bytes);
    *ret_bytes = bk_str_from(bytes, 4);
    return BK_OK;
}

/* ---- plugins ---- */

static bool is_plugin(uint32_t tag, bk_str bytes, const void *what) { return tag == PLUGIN && bk_str_eq(bytes, *(const bk_str *)what); }

bk_status bk_record_plugin(bk_record *r, bk_str about, const unsigned char input[BK_DIGEST_SIZE], bk_err *err) {
    bk_buf whole;
    bk_str recorded = {0};
    bool same;
    bk_buf_init(&whole, NULL, 1 << 20);
    bk_buf_bytes(&whole, (const char *)input, BK_DIGEST_SIZE);
    bk_buf_str(&whole, about);
    bk_str what = bk_buf_view(&whole);
    bk_status s = bk_buf_check(&whole, err);
    if (s == BK_OK && r->reading) seek(r, is_plugin, &what);
    if (s == BK_OK) s = step(r, PLUGIN, no_number, what, &same, &recorded, err);
    if (s == BK_OK && !same) {
        bk_str then = bk_str_from(recorded, BK_DIGEST_SIZE);
        bk_buf now;
        bk_buf_init(&now, NULL, 0);
        bk_buf_c(&now, "calls ");
        bk_buf_str(&now, about);
        if (bk_str_eq(then, about)) bk_buf_c(&now, " with another input");
        s = differs(r, then, bk_buf_view(&now), err);
        bk_buf_release(&now);
    }
    bk_buf_release(&whole);
    return s;
}

bk_status bk_record_plugin_ask(bk_record *r, bk_str about, bk_str request, bk_err *err) {
    bk_buf whole;
    bk_str recorded = {0}, then;
    bool same;
    bk_buf_init(&whole, NULL, BK_RECORD_MAX);
    bk_buf_u32(&whole, (uint32_t)about.n);
    bk_buf_str(&whole, about);
    bk_buf_str(&whole, request);
    bk_status s = bk_buf_check(&whole, err);
    if (s == BK_OK) s = step(r, WANT, no_number, bk_buf_view(&whole), &same, &recorded, err);
    if (s == BK_OK && !same) {
        bk_buf now;
        bk_buf_init(&now, NULL, 0);
        bk_buf_c(&now, "asks for ");
        bk_buf_str(&now, about);
        if (!cut_text(&recorded, &then)) then = BK_S("a malformed request");
        if (bk_str_eq(then, about)) bk_buf_c(&now, ", with other arguments");
        s = differs(r, then, bk_buf_view(&now), err);
        bk_buf_release(&now);
    }
    bk_buf_release(&whole);
    return s;
}

bk_status bk_record_plugin_end(bk_record *r, bk_status status, const unsigned char output[BK_DIGEST_SIZE], bk_err *err) {
    bk_str recorded = {0};
    bool same;
    BK_TRY(step(r, DONE, status, bk_str_of((const char *)output, BK_DIGEST_SIZE), &same, &recorded, err));
    if (same) return BK_OK;
    bool ended_well = recorded.n >= 4 && bk_read_u32(recorded) == BK_OK;
    return differs(
        r, ended_well ? BK_S("a plugin's call that succeeded with another output") : BK_S("a plugin's call that failed in another way"),
        status == BK_OK ? BK_S("ends with this one") : BK_S("fails"), err);
}

/* ---- facts ---- */

bk_status bk_record_fact(bk_record *r, const char *name, bk_str bytes, bk_err *err) {
    bk_buf text;
    if (r->reading) return BK_OK;
    bk_buf_init(&text, NULL, BK_RECORD_MAX);
    bk_buf_u32(&text, (uint32_t)strlen(name));
    bk_buf_c(&text, name);
    bk_buf_str(&text, bytes);
    bk_status s = bk_buf_check(&text, err);
    if (s == BK_OK) s = put(r, FACT, no_number, bk_buf_view(&text), err);
    bk_buf_release(&text);
    return s;
}

static bool is_fact(uint32_t tag, bk_str bytes, const void *name) {
    bk_str found;
    return tag == FACT && cut_text(&bytes, &found) && bk_str_eq(found, bk_str_c(name));
}

bk_status bk_record_recall(bk_record *r, const char *name, bool *ret_found, bk_str *ret, bk_err *err) {
    uint32_t tag;
    bk_str bytes, found;
    *ret_found = r->reading && seek(r, is_fact, name);
    if (!*ret_found) return BK_OK;
    BK_TRY(next(r, &tag, &bytes, err));
    if (!cut_text(&bytes, &found)) return bk_err_set(err, BK_ERR, "replay: step %zu of the record is malformed", r->step);
    *ret = bytes;
    return BK_OK;
}

bk_status bk_record_close(bk_record *r, bk_err *err) {
    if (r->reading) {
        if (r->rest.rest.n) return bk_err_set(err, BK_ERR, "replay: the recorded run went on after step %zu", r->step);
        return BK_OK;
    }
    BK_TRY(flush(r, err));
    unsigned char sum[BK_DIGEST_SIZE];
    bk_digest digest = r->digest;
    bk_digest_final(&digest, sum);
    BK_TRY(put(r, END, no_number, bk_str_of((const char *)sum, sizeof sum), err));
    BK_TRY(flush(r, err));
    int failed = close(r->fd);
    r->fd = -1;
    return failed ? bk_err_set(err, BK_ERR_IO, "cannot write the record: %s", strerror(errno)) : BK_OK;
}

void bk_record_free(bk_record *r) {
    if (!r) return;
    if (r->fd >= 0) close(r->fd);
    bk_buf_release(&r->bytes);
    free(r);
}
