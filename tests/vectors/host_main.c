/* The vector server as users' charts are rendered: every request is a call into a compartment of its own, and effects go through a guard
 * with default rules. Requests on standard input, answers on standard output, a line each. */
#include <stdio.h>
#include <stdlib.h>

#include "base/boundary.h"
#include "guard/guard.h"
#include "sandbox/module.h"

extern const unsigned char bk_cwasm_vector[], bk_cwasm_vector_end[];

static bk_status call(bk_sandbox_module *module, bk_str line, bk_buf *output, bk_err *err) {
    static const bk_guard_options options = {.release = {"rel", 3}, .namespace_ = {"ns", 2}};
    static const bk_sandbox_limits limits = {.who = "vector"};
    bk_guard *guard = NULL;
    bk_status status = bk_guard_new(&options, &guard, err);
    if (status == BK_OK) {
        status = bk_guard_call(guard, module, BK_CALL_VECTOR, line, &limits, output, err);
        status = bk_guard_close(guard, status, err);
    }
    bk_guard_free(guard);
    return status;
}

/* The RESULT among the sections; empty when there is none. */
static bk_str result(bk_str output, bk_err *err) {
    bk_sections sections = {output};
    uint32_t tag;
    bk_str bytes;
    while (bk_sections_next(&sections, &tag, &bytes, err) == BK_OK && tag)
        if (tag == BK_TAG_RESULT) return bytes;
    return (bk_str){NULL, 0};
}

static void answer(bk_sandbox_module *module, bk_str line) {
    bk_err err = BK_ERR_INIT;
    bk_buf output;
    bk_str text = {NULL, 0};
    bk_buf_init(&output, NULL, 0);
    if (call(module, line, &output, &err) == BK_OK) text = result(bk_buf_view(&output), &err);
    if (!text.n) {
        text = BK_S("{\"error\":\"vector: no answer\"}");
        fprintf(stderr, "vector: %.*s\n", BK_FMT(bk_err_message(&err)));
    }
    fwrite(text.p, 1, text.n, stdout);
    putchar('\n');
    fflush(stdout);
    bk_err_release(&err);
    bk_buf_release(&output);
}

int main(void) {
    bk_sandbox_module *module = NULL;
    bk_err err = BK_ERR_INIT;
    if (bk_sandbox_module_load(bk_cwasm_vector, (size_t)(bk_cwasm_vector_end - bk_cwasm_vector), &module, &err) != BK_OK) {
        fprintf(stderr, "vector: %.*s\n", BK_FMT(bk_err_message(&err)));
        return 1;
    }
    char *line = NULL;
    size_t cap = 0;
    for (ssize_t n; (n = getline(&line, &cap, stdin)) > 0;) {
        bk_str request = bk_str_trim(bk_str_of(line, (size_t)n));
        if (request.n) answer(module, request);
    }
    free(line);
    bk_sandbox_module_free(module);
    return 0;
}
