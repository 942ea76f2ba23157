#include "cli/transfers.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cli/settings.h"

enum { FIRST_MS = 300, AGAIN_MS = 100, BAR = 30, AMOUNTS = 32 };

static uint64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

void bk_transfers_open(bk_transfers *t) {
    bk_str term = bk_env("TERM");
    *t = (bk_transfers){.terminal = isatty(STDERR_FILENO) && term.n && !bk_str_eq(term, BK_S("dumb"))};
}

/* ---- lines ---- */

static double mib(uint64_t bytes) { return (double)bytes / (1 << 20); }

static void put_bar(bk_buf *out, uint64_t bytes, uint64_t total) {
    unsigned full = bytes >= total ? BAR : (unsigned)((double)bytes / (double)total * (double)BAR);
    bk_buf_c(out, "  [");
    for (unsigned i = 0; i < BAR; i++) bk_buf_byte(out, i < full ? '=' : i == full ? '>' : ' ');
    bk_buf_byte(out, ']');
}

void bk_transfers_row(bk_buf *out, const struct bk_transfer *row, unsigned columns) {
    char amounts[AMOUNTS];
    unsigned room = columns > AMOUNTS ? columns - AMOUNTS : 1, name = room < BK_TRANSFERS_NAME ? room : BK_TRANSFERS_NAME;
    bool known = row->total > 0;
    if (known) snprintf(amounts, sizeof amounts, "  %.1f of %.1f MiB", mib(row->bytes), mib((uint64_t)row->total));
    else snprintf(amounts, sizeof amounts, "  %.1f MiB", mib(row->bytes));
    bk_str shown = bk_str_c(row->name);
    if (shown.n > name) shown.n = name;
    bk_buf_str(out, shown);
    for (size_t i = shown.n; i < name; i++) bk_buf_byte(out, ' ');
    if (known && room >= name + BAR + 4) put_bar(out, row->bytes, (uint64_t)row->total);
    bk_buf_c(out, amounts);
}

static void write_out(const bk_buf *out) {
    if (bk_buf_ok(out)) fwrite(out->p, 1, out->n, stderr);
    fflush(stderr);
}

static void take_back(bk_buf *out, bk_transfers *t) {
    if (t->drawn) bk_buf_printf(out, "\x1b[%uA\r\x1b[J", t->drawn);
    t->drawn = 0;
}

static void draw(bk_transfers *t) {
    struct winsize size = {0};
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0;
    unsigned rows = known && size.ws_row > 1 ? size.ws_row : 24, columns = known && size.ws_col > 20 ? size.ws_col : 80;
    bk_buf out;
    bk_buf_init(&out, NULL, 64 << 10);
    take_back(&out, t);
    for (size_t i = 0; i < BK_TRANSFERS_ROWS && t->drawn + 1 < rows; i++) {
        if (!t->rows[i].name[0]) continue;
        bk_transfers_row(&out, &t->rows[i], columns - 1);
        bk_buf_byte(&out, '\n');
        t->drawn++;
    }
    write_out(&out);
    bk_buf_release(&out);
}

void bk_transfers_clear(bk_transfers *t) {
    bk_buf out;
    if (!t->drawn) return;
    bk_buf_init(&out, NULL, 64);
    take_back(&out, t);
    write_out(&out);
    bk_buf_release(&out);
}

/* ---- what goes on ---- */

/* Names are a server's: what is no plain character becomes one. */
static void plain_name(bk_str what, char out[BK_TRANSFERS_NAME]) {
    size_t n = what.n < BK_TRANSFERS_NAME ? what.n : BK_TRANSFERS_NAME - 1;
    for (size_t i = 0; i < n; i++) out[i] = what.p[i];
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)(out[i] - 0x20) >= 0x5f) out[i] = '?';
    out[n] = 0;
}

static struct bk_transfer *row_of(bk_transfers *t, bk_str what) {
    char name[BK_TRANSFERS_NAME];
    struct bk_transfer *unused = NULL;
    plain_name(what, name);
    for (size_t i = 0; i < BK_TRANSFERS_ROWS; i++) {
        if (strcmp(t->rows[i].name, name) == 0) return &t->rows[i];
        if (!unused && !t->rows[i].name[0]) unused = &t->rows[i];
    }
    if (unused) memcpy(unused->name, name, sizeof name);
    return unused;
}

static bool is_idle(const bk_transfers *t) {
    for (size_t i = 0; i < BK_TRANSFERS_ROWS; i++)
        if (t->rows[i].name[0]) return false;
    return true;
}

void bk_transfers_progress(void *self, bk_str what, uint64_t bytes, int64_t total, bool done) {
    bk_transfers *t = self;
    if (!t->terminal || !what.n) return;
    uint64_t now = now_ms();
    if (is_idle(t)) t->begun = now;
    struct bk_transfer *row = row_of(t, what);
    if (!row) return;
    row->bytes = bytes;
    row->total = total;
    if (done) row->name[0] = 0;
    if (is_idle(t)) bk_transfers_clear(t);
    else if (now - t->begun >= FIRST_MS && now - t->drawn_at >= AGAIN_MS) {
        draw(t);
        t->drawn_at = now;
    }
}
