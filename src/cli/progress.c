#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "guard/escape.h"

#define LINES_AFTER_MS 1000u
#define LINE_AGAIN_MS 5000u
#define STATE_WIDTH 12u
#define AGE_WIDTH 6u
#define NAME_WIDTH 60u /* of the widest object column */

/* ---- text ---- */

/* Characters, as far as a terminal shows one place for each. */
static size_t width_of(bk_str s) {
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

/* At most `width` characters, filled up with blanks when `fill` says so. */
static void put_cell(bk_buf *out, bk_str s, size_t width, bool fill) {
    size_t n = 0, i = 0;
    bool cut = width_of(s) > width;
    size_t keep = cut && width ? width - 1 : width;
    while (i < s.n) {
        if (((unsigned char)s.p[i] & 0xc0) != 0x80 && n++ == keep) break;
        i++;
    }
    bk_buf_str(out, bk_str_sub(s, 0, i));
    if (cut && width) bk_buf_c(out, "…");
    if (fill && !cut) bk_buf_fill(out, ' ', width - width_of(s));
}

static void put_name(bk_buf *out, const bk_kube_awaited *a) {
    bk_escape_line(out, a->ref.resource->kind);
    bk_buf_byte(out, ' ');
    bk_escape_line(out, a->ref.name);
}

static void put_age(bk_buf *out, int64_t created, int64_t now) {
    int64_t s = created ? now - created : -1;
    if (s < 0) bk_buf_byte(out, '-');
    else if (s < 120) bk_buf_printf(out, "%llds", (long long)s);
    else if (s < 7200) bk_buf_printf(out, "%lldm", (long long)(s / 60));
    else if (s < 172800) bk_buf_printf(out, "%lldh", (long long)(s / 3600));
    else bk_buf_printf(out, "%lldd", (long long)(s / 86400));
}

static bool is_ready(const bk_kube_awaited *a) {
    return a->skipped || a->verdict.state == BK_KUBE_CURRENT || a->verdict.state == BK_KUBE_NOT_FOUND;
}

static const char *word_of(const bk_kube_awaited *a) { return a->skipped ? "Paused" : bk_kube_state_name(a->verdict.state); }

/* ---- the table ---- */

static void put_row(bk_buf *out, const bk_kube_awaited *a, int64_t now, size_t name_width, unsigned columns) {
    size_t left = columns > name_width + STATE_WIDTH + AGE_WIDTH + 3 ? columns - name_width - STATE_WIDTH - AGE_WIDTH - 3 : 0;
    bk_buf cell;
    bk_buf_init(&cell, NULL, 64 << 10);
    put_name(&cell, a);
    put_cell(out, bk_buf_view(&cell), name_width, true);
    bk_buf_byte(out, ' ');
    put_cell(out, bk_str_c(word_of(a)), STATE_WIDTH, true);
    bk_buf_byte(out, ' ');
    bk_buf_reset(&cell);
    put_age(&cell, a->created, now);
    put_cell(out, bk_buf_view(&cell), AGE_WIDTH, true);
    bk_buf_byte(out, ' ');
    bk_buf_reset(&cell);
    bk_escape_line(&cell, a->event.n ? a->event : a->verdict.message);
    put_cell(out, bk_buf_view(&cell), left, false);
    bk_buf_byte(out, '\n');
    bk_buf_release(&cell);
}

static size_t name_width_of(const bk_kube_awaited *objects, size_t count, unsigned columns) {
    size_t width = 6, most = columns / 2 < NAME_WIDTH ? columns / 2 : NAME_WIDTH;
    for (size_t i = 0; i < count; i++) {
        size_t n = width_of(objects[i].ref.resource->kind) + 1 + width_of(objects[i].ref.name);
        if (n > width) width = n;
    }
    return width < most ? width : most;
}

static void put_head(bk_buf *out, size_t ready, size_t count, uint64_t waited_ms) {
    bk_buf_printf(out, "%zu of %zu ready, %llus\n", ready, count, (unsigned long long)(waited_ms / 1000));
}

unsigned bk_progress_table(bk_buf *out, const bk_kube_awaited *objects, size_t count, uint64_t waited_ms, int64_t now, unsigned rows,
                           unsigned columns) {
    size_t ready = 0, shown = 0, most = rows > 3 ? rows - 3 : 1, name_width = name_width_of(objects, count, columns);
    unsigned lines = 2;
    if (most > BK_PROGRESS_ROWS) most = BK_PROGRESS_ROWS;
    for (size_t i = 0; i < count; i++) ready += is_ready(&objects[i]);
    put_head(out, ready, count, waited_ms);
    put_cell(out, BK_S("OBJECT"), name_width, true);
    bk_buf_c(out, " STATE        AGE    LAST EVENT\n");
    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count && shown < most; i++) {
            if (is_ready(&objects[i]) != (pass == 1)) continue;
            put_row(out, &objects[i], now, name_width, columns);
            shown++;
            lines++;
        }
    }
    if (shown == count) return lines;
    bk_buf_printf(out, "and %zu more\n", count - shown);
    return lines + 1;
}

/* ---- standard error ---- */

static void take_back(bk_buf *out, const bk_progress *p) {
    if (p->drawn) bk_buf_printf(out, "\x1b[%uA\r\x1b[J", p->drawn);
}

static void draw(bk_progress *p, const bk_kube_awaited *objects, size_t count, uint64_t waited_ms) {
    struct winsize size = {0};
    bk_buf out;
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0;
    unsigned rows = known && size.ws_row > 4 ? size.ws_row : 24, columns = known && size.ws_col > 20 ? size.ws_col : 80;
    bk_buf_init(&out, NULL, 1 << 20);
    take_back(&out, p);
    p->drawn = bk_progress_table(&out, objects, count, waited_ms, (int64_t)time(NULL), rows - 1, columns);
    if (bk_buf_ok(&out)) fwrite(out.p, 1, out.n, stderr);
    fflush(stderr);
    bk_buf_release(&out);
}

/* Says what is new of an object, once it is known. */
static void tell(struct bk_progress_told *told, const bk_kube_awaited *a, uint64_t waited_ms) {
    bk_buf out;
    if (told->hash && told->state == a->verdict.state && waited_ms - told->at < LINE_AGAIN_MS) return;
    bk_buf_init(&out, NULL, 64 << 10);
    put_name(&out, a);
    if (a->ref.namespace_.n) {
        bk_buf_c(&out, " in ");
        bk_escape_line(&out, a->ref.namespace_);
    }
    bk_buf_printf(&out, ": %s", word_of(a));
    if (a->verdict.message.n) bk_buf_c(&out, ", ");
    bk_escape_line(&out, a->verdict.message);
    uint32_t hash = bk_str_hash(bk_buf_view(&out)) | 1u;
    if (bk_buf_ok(&out) && told->hash != hash) {
        bk_buf_byte(&out, '\n');
        fwrite(out.p, 1, out.n, stderr);
        *told = (struct bk_progress_told){hash, a->verdict.state, waited_ms};
    }
    bk_buf_release(&out);
}

static void progress(void *self, const bk_kube_awaited *objects, size_t count, uint64_t waited_ms) {
    bk_progress *p = self;
    if (p->quiet) return;
    if (p->terminal) {
        draw(p, objects, count, waited_ms);
        return;
    }
    if (waited_ms < LINES_AFTER_MS) return;
    if (p->told_count != count) {
        free(p->told);
        p->told = calloc(count + 1, sizeof *p->told);
        p->told_count = p->told ? count : 0;
    }
    for (size_t i = 0; i < p->told_count; i++)
        if (p->told[i].hash || !is_ready(&objects[i])) tell(&p->told[i], &objects[i], waited_ms);
    fflush(stderr);
}

static bk_status tick(void *self, bk_err *err) {
    const bk_progress *p = self;
    return p->tick ? p->tick(p->tick_self, err) : BK_OK;
}

void bk_progress_open(bk_progress *p, bool people) {
    bk_str term = bk_env("TERM");
    *p = (bk_progress){.quiet = !people};
    p->terminal = people && isatty(STDERR_FILENO) && term.n && !bk_str_eq(term, BK_S("dumb"));
}

void bk_progress_attach(bk_progress *p, bk_kube_wait_options *options) {
    p->tick = options->tick;
    p->tick_self = options->self;
    options->self = p;
    options->tick = tick;
    options->progress = progress;
    options->events = p->terminal;
}

void bk_progress_close(bk_progress *p) {
    bk_buf out;
    bk_buf_init(&out, NULL, 64);
    take_back(&out, p);
    if (out.n) fwrite(out.p, 1, out.n, stderr);
    fflush(stderr);
    bk_buf_release(&out);
    p->drawn = 0;
    free(p->told);
    p->told = NULL;
    p->told_count = 0;
}
