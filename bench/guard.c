/* guard.c: what a decision of the guard costs, in a loop: a plugin's request, decided among some rules and written to the ledger; and the line of its answer.
 *
 *     guard-bench [decisions]
 *
 * Prints nanoseconds a decision, the best of several rounds: without a ledger, with one in the working folder, and with the answer's line as well. Nothing is synced to a
 * disk, as in a run. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "guard/plugin.h"

enum { RULES = 20, CALL = 5000 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static bk_status one_call(bk_guard *guard, size_t n, bool answers, bk_err *err) {
    static const bk_plugin_subject s3 = {.name = {"s3", 2},
                                         .version = {"1.2.0", 5},
                                         .type = {"getter/v1", 9},
                                         .runtime = {"extism/v1", 9},
                                         .digest = {"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 71},
                                         .pinned = true};
    static const bk_plugin_ask ask = {.right = BK_RIGHT_HTTP,
                                      .target = {"s3.example.com", 14},
                                      .detail = {"GET https://s3.example.com/charts/web-1.2.0.tgz", 47},
                                      .requested = true};
    bk_plugin_call *call;
    bk_plugin_answer answer;
    bk_status status = BK_OK;
    BK_TRY(bk_guard_plugin_begin(guard, &s3, BK_S("helm_plugin_main"), BK_S("{}"), &call, err));
    for (size_t i = 0; i < n && status == BK_OK; i++) {
        status = bk_guard_plugin_ask(call, &ask, &answer, err);
        if (status == BK_OK && answers) status = bk_guard_plugin_answered(call, &answer, BK_OK, BK_S("200"), err);
    }
    return bk_guard_plugin_end(call, status, BK_S(""), err);
}

static bk_status measure(const char *what, const char *ledger, bool answers, size_t decisions, bk_err *err) {
    bk_str grants[RULES];
    char texts[RULES][64];
    for (size_t i = 0; i + 1 < RULES; i++)
        grants[i] = bk_str_of(texts[i], (size_t)snprintf(texts[i], sizeof texts[i], "plugin/s3:http=h%zu.example.com", i));
    grants[RULES - 1] = BK_S("plugin/s3:http=*.example.com");
    const bk_guard_options options = {.ledger = ledger, .grants = grants, .grant_count = RULES};
    bk_guard *guard;
    BK_TRY(bk_guard_new(&options, &guard, err));
    bk_status status = BK_OK;
    double best = 0;
    for (size_t done = 0; done < decisions && status == BK_OK; done += CALL) {
        double begin = now();
        status = one_call(guard, CALL, answers, err);
        double took = (now() - begin) / (double)CALL;
        if (done == 0 || took < best) best = took;
    }
    status = bk_guard_close(guard, status, err);
    bk_guard_free(guard);
    if (ledger) unlink(ledger);
    if (status == BK_OK) printf("%-24s %7.0f ns a decision\n", what, best);
    return status;
}

int main(int argc, char **argv) {
    int64_t decisions = 500000;
    bk_err err = BK_ERR_INIT;
    if (argc > 1) (void)bk_parse_int(bk_str_c(argv[1]), 10, &decisions);
    decisions = decisions < CALL ? CALL : decisions - decisions % CALL;
    bk_status status = measure("without a ledger", NULL, false, (size_t)decisions, &err);
    if (status == BK_OK) status = measure("with a ledger", "guard-bench.ledger", false, (size_t)decisions, &err);
    if (status == BK_OK) status = measure("and its answer's line", "guard-bench.ledger", true, (size_t)decisions, &err);
    if (status != BK_OK) fprintf(stderr, "guard-bench: %.*s\n", BK_FMT(bk_err_message(&err)));
    bk_err_release(&err);
    return status != BK_OK;
}
