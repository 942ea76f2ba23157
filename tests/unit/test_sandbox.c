// links: host
/* The sandbox against a guest with planted faults: each ends as one line, and the next call finds everything in order. */
#include "sandbox/call.h"

#include <pthread.h>
#include <time.h>

#include "../planted/planted.h"
#include "base/boundary.h"
#include "sandbox/output.h"
#include "test.h"

extern const unsigned char bk_cwasm_planted[], bk_cwasm_planted_end[];

static bk_sandbox_module *planted(void) {
    static bk_sandbox_module *module;
    bk_err err = BK_ERR_INIT;
    if (!module) CHECK_OK(bk_sandbox_module_load(bk_cwasm_planted, (size_t)(bk_cwasm_planted_end - bk_cwasm_planted), &module, &err), &err);
    return module;
}

typedef struct seen {
    uint32_t op, count;
    size_t request;
    size_t answer; /* bytes to answer with */
    bk_status status;
    bk_sandbox_module *nested; /* call this, with that time limit */
    uint32_t nested_ms;
    uint32_t sleep_ms; /* before it answers */
    uint32_t left;
} seen;

static bk_status effect(void *self, uint32_t op, bk_str request, bk_buf *answer, bk_err *err) {
    seen *s = self;
    s->op = op;
    s->count++;
    s->request = request.n;
    s->left = bk_sandbox_time_left();
    if (s->nested) {
        bk_buf out = {0};
        bk_sandbox_limits limits = {.who = "inner", .time_ms = s->nested_ms};
        bk_sandbox_host host = {s, effect};
        bk_status status = bk_sandbox_call(s->nested, PLANTED_LOOP, BK_S(""), &limits, &host, &out, err);
        bk_buf_release(&out);
        return status;
    }
    struct timespec rest = {s->sleep_ms / 1000, (long)(s->sleep_ms % 1000) * 1000000};
    while (nanosleep(&rest, &rest) != 0) {}
    if (s->status != BK_OK) return bk_err_set(err, s->status, "the host says no");
    bk_buf_fill(answer, 'a', s->answer);
    return BK_OK;
}

static bk_status call(uint32_t op, bk_str request, const bk_sandbox_limits *limits, seen *s, bk_buf *out, bk_err *err) {
    bk_sandbox_host host = {s, effect};
    bk_buf_init(out, NULL, 0);
    return bk_sandbox_call(planted(), op, request, limits, &host, out, err);
}

/* The RESULT section of an output. */
static bk_str result(const bk_buf *out) {
    bk_sections sections = {bk_buf_view(out)};
    uint32_t tag;
    bk_str bytes = {0};
    bk_err err = BK_ERR_INIT;
    while (bk_sections_next(&sections, &tag, &bytes, &err) == BK_OK && tag)
        if (tag == BK_TAG_RESULT) return bytes;
    bk_err_release(&err);
    return BK_S("no result");
}

static void check_alive(void) {
    bk_buf out;
    bk_err err = BK_ERR_INIT;
    seen s = {0};
    CHECK_OK(call(PLANTED_ECHO, BK_S("still here"), &(bk_sandbox_limits){.who = "chart"}, &s, &out, &err), &err);
    CHECK_STR(result(&out), "still here");
    bk_buf_release(&out);
    bk_err_release(&err);
}

static const struct {
    uint32_t op;
    bk_status status;
    const char *message;
} faults[] = {
    {PLANTED_WRITE_BEYOND, BK_ERR_TRAP, "chart compartment stopped: out-of-bounds memory access (trap)"},
    {PLANTED_READ_BEYOND, BK_ERR_TRAP, "chart compartment stopped: out-of-bounds memory access (trap)"},
    {PLANTED_UNREACHABLE, BK_ERR_TRAP, "chart compartment stopped: unreachable code reached (trap)"},
    {PLANTED_DIVISION, BK_ERR_TRAP, "chart compartment stopped: integer division by zero (trap)"},
    {PLANTED_BAD_CALL, BK_ERR_TRAP, "chart compartment stopped: out-of-bounds table access (trap)"},
    {PLANTED_LOOP, BK_ERR_TIMEOUT, "chart compartment stopped: ran longer than its time limit of 0.150 s"},
    {PLANTED_LOOP_COPY, BK_ERR_TIMEOUT, "chart compartment stopped: ran longer than its time limit of 0.150 s"},
    {PLANTED_LOOP_GROW, BK_ERR_TIMEOUT, "chart compartment stopped: ran longer than its time limit of 0.150 s"},
    {PLANTED_LOOP_EMIT, BK_ERR_TIMEOUT, "chart compartment stopped: ran longer than its time limit of 0.150 s"},
    {PLANTED_LOOP_CALLS, BK_ERR_TIMEOUT, "chart compartment stopped: ran longer than its time limit of 0.150 s"},
    {PLANTED_LOOP_ROUND, BK_ERR_TIMEOUT, "chart compartment stopped: ran longer than its time limit of 0.150 s"},
    {PLANTED_HOG, BK_ERR_NOMEM, "chart compartment (memory limit 32 MiB): out of memory"},
    {PLANTED_FLOOD, BK_ERR_LIMIT, "chart compartment stopped: more output than the limit of 4194304 bytes"},
    {PLANTED_EMIT_BEYOND, BK_ERR_TRAP, "chart compartment stopped: broke the rules of the boundary: an address beyond its memory"},
    {PLANTED_EMIT_WRAP, BK_ERR_TRAP, "chart compartment stopped: broke the rules of the boundary: an address beyond its memory"},
    {PLANTED_EFFECT_BEYOND, BK_ERR_TRAP, "chart compartment stopped: broke the rules of the boundary: an address beyond its memory"},
    {PLANTED_EFFECT_UNKNOWN, BK_ERR_TRAP, "chart compartment stopped: broke the rules of the boundary: an unknown effect"},
    {PLANTED_EFFECT_NEGATIVE, BK_ERR_TRAP, "chart compartment stopped: broke the rules of the boundary: an unknown effect"},
    {PLANTED_EFFECT_HUGE, BK_ERR_TRAP, "chart compartment stopped: broke the rules of the boundary: a request beyond the effect's limit"},
    {PLANTED_TAKE_TWICE, BK_ERR_TRAP, "chart compartment stopped: broke the rules of the boundary: a take with nothing pending"},
    {PLANTED_TAKE_WRONG, BK_ERR_TRAP,
     "chart compartment stopped: broke the rules of the boundary: a take of another length than what is pending"},
    {PLANTED_TAKE_BEYOND, BK_ERR_TRAP, "chart compartment stopped: broke the rules of the boundary: an address beyond its memory"},
    {PLANTED_OUT_UNKNOWN, BK_ERR_TRAP, "chart compartment stopped: malformed output: an unknown section"},
    {PLANTED_OUT_SHORT, BK_ERR_TRAP, "chart compartment stopped: malformed output: a section that is cut short"},
    {PLANTED_OUT_DONE_TWICE, BK_ERR_TRAP, "chart compartment stopped: malformed output: sections behind the end"},
    {PLANTED_OUT_DONE_FULL, BK_ERR_TRAP, "chart compartment stopped: malformed output: an end that is not empty"},
    {PLANTED_OUT_BODY_ALONE, BK_ERR_TRAP, "chart compartment stopped: malformed output: a manifest and its body go together"},
    {PLANTED_OUT_MANIFEST_ALONE, BK_ERR_TRAP, "chart compartment stopped: malformed output: a manifest and its body go together"},
    {PLANTED_OUT_RESULT_TWICE, BK_ERR_TRAP, "chart compartment stopped: malformed output: a section that may come only once"},
    {PLANTED_OUT_ERROR_FIRST, BK_ERR_TRAP, "chart compartment stopped: malformed output: sections behind an error"},
    {PLANTED_OUT_ERROR_BARE, BK_ERR_TRAP, "chart compartment stopped: malformed output: an error without a status"},
    {PLANTED_OUT_ERROR_TRAP, BK_ERR, ""},
    {12345, BK_ERR, "no such fault"},
};

TEST(every_planted_fault_ends_in_one_line) {
    for (size_t i = 0; i < BK_COUNT(faults); i++) {
        bk_sandbox_limits limits = {
            .who = "chart", .memory = 32 << 20, .output = 4 << 20, .time_ms = faults[i].status == BK_ERR_TIMEOUT ? 150 : 20000};
        bk_buf out;
        bk_err err = BK_ERR_INIT;
        seen s = {.answer = 32};
        bk_status status = call(faults[i].op, BK_S("twelve bytes"), &limits, &s, &out, &err);
        CHECK(status == faults[i].status);
        CHECK_STR(bk_err_message(&err), faults[i].message);
        CHECK(out.n <= limits.output);
        bk_buf_release(&out);
        bk_err_release(&err);
        check_alive();
    }
}

/* Memory is used again, and nobody finds what another left there, whatever way that one ended. */
TEST(memory_is_new_for_each_call) {
    static const uint32_t between[] = {PLANTED_ECHO, PLANTED_REMAINS, PLANTED_UNREACHABLE, PLANTED_HOG};
    for (size_t i = 0; i < 2 * BK_COUNT(between); i++) {
        bk_buf out;
        bk_err err = BK_ERR_INIT;
        seen s = {0};
        const bk_sandbox_limits limits = {.who = "chart", .memory = 32 << 20};
        CHECK_OK(call(PLANTED_REMAINS, BK_S(""), &limits, &s, &out, &err), &err);
        CHECK_STR(result(&out), "new");
        bk_buf_release(&out);
        call(between[i % BK_COUNT(between)], BK_S(""), &limits, &s, &out, &err);
        bk_buf_release(&out);
        bk_err_release(&err);
    }
}

/* Guests may recurse deeply, and either of their two stacks may be the first to end. */
TEST(recursion_without_end) {
    bk_buf out;
    bk_err err = BK_ERR_INIT;
    seen s = {0};
    CHECK(call(PLANTED_RECURSION, BK_S(""), &(bk_sandbox_limits){.who = "chart"}, &s, &out, &err) == BK_ERR_TRAP);
    bk_str message = bk_err_message(&err);
    CHECK(bk_str_eq(message, BK_S("chart compartment stopped: stack overflow (trap)")) ||
          bk_str_eq(message, BK_S("chart compartment stopped: out-of-bounds memory access (trap)")));
    bk_buf_release(&out);
    bk_err_release(&err);
    check_alive();
}

/* A request of PLANTED_ASK. */
static bk_str ask_request(bk_buf *b, uint32_t count, uint32_t op, bk_str frame) {
    bk_buf_init(b, NULL, 0);
    bk_buf_u32(b, count);
    bk_buf_u32(b, op);
    bk_buf_str(b, frame);
    return bk_buf_view(b);
}

TEST(effects_reach_the_host) {
    bk_buf request, out;
    bk_err err = BK_ERR_INIT;
    seen s = {.answer = 32};
    bk_str bytes = ask_request(&request, 3, BK_FX_ZONEINFO, BK_S("hello"));
    CHECK_OK(call(PLANTED_ASK, bytes, &(bk_sandbox_limits){.who = "chart"}, &s, &out, &err), &err);
    CHECK(s.op == BK_FX_ZONEINFO && s.request == 5 && s.count == 3);
    CHECK(s.left > 290000 && s.left <= 300000);
    CHECK(bk_sandbox_time_left() == UINT32_MAX);
    CHECK_STR(result(&out), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    bk_buf_release(&out);
    bk_buf_release(&request);
}

TEST(refusals_reach_the_guest) {
    bk_buf request, out;
    bk_err err = BK_ERR_INIT;
    seen s = {.status = BK_ERR_DENIED};
    bk_str bytes = ask_request(&request, 1, BK_FX_DNS, BK_S(""));
    CHECK(call(PLANTED_ASK, bytes, &(bk_sandbox_limits){.who = "chart"}, &s, &out, &err) == BK_ERR_DENIED);
    CHECK_STR(bk_err_message(&err), "the host says no");
    bk_buf_release(&out);
    bk_buf_release(&request);
    bk_err_release(&err);
}

TEST(answers_are_capped) {
    bk_buf request, out;
    bk_err err = BK_ERR_INIT;
    seen s = {.answer = bk_effect_caps_of(BK_FX_SEED).answer + 1};
    bk_str bytes = ask_request(&request, 1, BK_FX_SEED, BK_S(""));
    CHECK(call(PLANTED_ASK, bytes, &(bk_sandbox_limits){.who = "chart"}, &s, &out, &err) == BK_ERR_LIMIT);
    CHECK_STR(bk_err_message(&err), "quota of the effect seed: an answer of more than 64 bytes");
    bk_buf_release(&out);
    bk_buf_release(&request);
    bk_err_release(&err);
}

/* The inner call would have a minute; the outer one has 100 ms. */
TEST(nested_calls_inherit_the_earlier_deadline) {
    bk_buf request, out;
    bk_err err = BK_ERR_INIT;
    seen s = {.nested = planted(), .nested_ms = 60000};
    bk_str bytes = ask_request(&request, 1, BK_FX_SEED, BK_S(""));
    CHECK(call(PLANTED_ASK, bytes, &(bk_sandbox_limits){.who = "outer", .time_ms = 100}, &s, &out, &err) == BK_ERR_TIMEOUT);
    CHECK_STR(bk_err_message(&err), "outer compartment stopped: ran longer than its time limit of 0.100 s");
    bk_buf_release(&out);
    bk_buf_release(&request);
    bk_err_release(&err);
    /* And the other way round: the inner one is late, the outer one goes on. */
    s = (seen){.nested = planted(), .nested_ms = 50};
    bytes = ask_request(&request, 1, BK_FX_SEED, BK_S(""));
    CHECK(call(PLANTED_ASK, bytes, &(bk_sandbox_limits){.who = "outer", .time_ms = 20000}, &s, &out, &err) == BK_ERR);
    CHECK_STR(bk_err_message(&err), "inner compartment stopped: ran longer than its time limit of 0.050 s");
    bk_buf_release(&out);
    bk_buf_release(&request);
    bk_err_release(&err);
}

/* Waiting is not running: only the limit by the wall counts there, and what runs is stopped long before that. */
TEST(time_is_the_processors_until_the_wall_ends_it) {
    static const struct {
        uint32_t op, sleep_ms;
        bk_sandbox_limits limits;
        bk_status status;
        const char *message;
    } cases[] = {
        {PLANTED_ASK, 300, {.who = "chart", .time_ms = 150, .wall_ms = 60000}, BK_OK, ""},
        {PLANTED_ASK,
         300,
         {.who = "chart", .time_ms = 150},
         BK_ERR_TIMEOUT,
         "chart compartment stopped: ran longer than its time limit of 0.150 s"},
        {PLANTED_ASK,
         300,
         {.who = "chart", .time_ms = 150, .wall_ms = 200},
         BK_ERR_TIMEOUT,
         "chart compartment stopped: took longer than 0.200 s by the wall"},
        {PLANTED_LOOP,
         0,
         {.who = "chart", .time_ms = 50, .wall_ms = 600000},
         BK_ERR_TIMEOUT,
         "chart compartment stopped: ran longer than its time limit of 0.050 s"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_buf request, out;
        bk_err err = BK_ERR_INIT;
        seen s = {.sleep_ms = cases[i].sleep_ms, .answer = 1};
        bk_str bytes = ask_request(&request, 1, BK_FX_SEED, BK_S(""));
        CHECK(call(cases[i].op, bytes, &cases[i].limits, &s, &out, &err) == cases[i].status);
        CHECK_STR(bk_err_message(&err), cases[i].message);
        CHECK(s.count == 0 || s.left <= cases[i].limits.wall_ms || !cases[i].limits.wall_ms);
        bk_buf_release(&out);
        bk_buf_release(&request);
        bk_err_release(&err);
    }
}

static void *loop_thread(void *arg) {
    uint32_t ms = *(uint32_t *)arg;
    bk_buf out;
    bk_err err = BK_ERR_INIT;
    seen s = {0};
    CHECK(call(PLANTED_LOOP, BK_S(""), &(bk_sandbox_limits){.who = "chart", .time_ms = ms}, &s, &out, &err) == BK_ERR_TIMEOUT);
    bk_buf_release(&out);
    bk_err_release(&err);
    return NULL;
}

/* What ends one must not end the others. */
TEST(deadlines_do_not_mix) {
    uint32_t ms[4] = {20, 40, 60, 300};
    pthread_t threads[4];
    planted();
    for (size_t i = 0; i < 4; i++) CHECK(pthread_create(&threads[i], NULL, loop_thread, &ms[i]) == 0);
    for (size_t i = 0; i < 4; i++) pthread_join(threads[i], NULL);
}

TEST(output_is_checked_byte_by_byte) {
    bk_buf b;
    bk_err err = BK_ERR_INIT;
    bk_buf_init(&b, NULL, 0);
    bk_section(&b, BK_TAG_LOG, BK_S("log"));
    bk_section(&b, BK_TAG_MANIFEST, BK_S("head"));
    bk_section(&b, BK_TAG_BODY, BK_S("text"));
    bk_section(&b, BK_TAG_NOTES, BK_S("notes"));
    bk_section(&b, BK_TAG_DONE, BK_S(""));
    CHECK_OK(bk_sandbox_output_check(bk_buf_view(&b), &err), &err);
    for (size_t n = 0; n < b.n; n++) {
        CHECK(bk_sandbox_output_check(bk_str_of(b.p, n), &err) == BK_ERR_TRAP);
        bk_err_release(&err);
    }
    bk_buf_release(&b);
}

TEST_MAIN()
