#include "cli/interrupt.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "guard/escape.h"

enum { SAME_MOMENT_MS = 1000, NAME_MAX_BYTES = 64 };

/* For a handler, which can ask nobody. */
static volatile sig_atomic_t held, noted;
static struct timespec noted_at;
static char line[512];
static size_t line_length;
static bool told;

void bk_interrupt_tell(void) {
    ssize_t ignored = told ? 0 : write(STDERR_FILENO, line, line_length);
    (void)ignored;
    told = true;
}

static void on_signal(int number) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!noted) {
        noted_at = now;
        noted = number;
        if (held) return;
        bk_interrupt_tell();
    } else if ((now.tv_sec - noted_at.tv_sec) * 1000 + (now.tv_nsec - noted_at.tv_nsec) / 1000000 < SAME_MOMENT_MS) {
        return;
    }
    signal(number, SIG_DFL);
    raise(number);
}

void bk_interrupt_listen(bk_str name) {
    const struct sigaction on = {.sa_handler = on_signal};
    bk_buf b;
    bk_buf_init(&b, NULL, 0);
    bk_escape_text(&b, bk_str_sub(name, 0, NAME_MAX_BYTES));
    int n = snprintf(line, sizeof line, "Release %.*s has been cancelled.\n", (int)b.n, b.n ? b.p : "");
    line_length = n > 0 && (size_t)n < sizeof line ? (size_t)n : 0;
    bk_buf_release(&b);
    sigaction(SIGINT, &on, NULL);
    sigaction(SIGTERM, &on, NULL);
}

void bk_interrupt_hold(void) { held = 1; }

bool bk_interrupted(void) { return noted != 0; }
