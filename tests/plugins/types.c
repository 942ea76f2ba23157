/* Plugins of every type in one module; entryFuncName of plugin.yaml chooses. */
#include "pdk.h"

typedef struct iov {
    const void *p;
    u32 n;
} iov;

static u32 answer(const char *json) {
    say(json);
    return done();
}

static char input[1 << 18];
static u32 read_input(void) {
    u64 n = ext_input_length();
    if (n > sizeof input) n = sizeof input;
    for (u64 i = 0; i < n; i++) input[i] = (char)ext_input_load_u8(i);
    return (u32)n;
}

/* ---- cli/v1 ---- */

EXPORT(cli_show) u32 cli_show(void) {
    write_to(1, input, read_input());
    write_to(1, "\n", 1);
    return answer("{\"data\": {}}");
}

EXPORT(cli_reads) u32 cli_reads(void) {
    char c;
    const iov v = {&c, 1};
    u32 n;
    while (wasi_fd_read(0, &v, 1, &n) == 0 && n == 1) {
        if (c >= 'a' && c <= 'z') c = (char)(c - 32);
        write_to(1, &c, 1);
    }
    return answer("null");
}

EXPORT(cli_env) u32 cli_env(void) {
    static u8 *list[4096];
    static u8 bytes[1 << 16];
    u32 count, size;
    wasi_environ_sizes_get(&count, &size);
    if (count > 4096 || size > sizeof bytes) return 1;
    wasi_environ_get(list, bytes);
    for (u32 i = 0; i < count; i++) {
        write_to(1, (const char *)list[i], text_length((const char *)list[i]));
        write_to(1, "\n", 1);
    }
    return answer("{}");
}

EXPORT(cli_exit) u32 cli_exit(void) {
    write_to(2, "about to exit\n", 14);
    wasi_proc_exit(7);
    return 0;
}
EXPORT(cli_code) u32 cli_code(void) { return 9; }
EXPORT(cli_big_code) u32 cli_big_code(void) { return 0x10000; }
EXPORT(cli_error) u32 cli_error(void) {
    ext_error_set(block_text("it says \x1b[31mno"));
    return 3;
}
EXPORT(cli_nothing) u32 cli_nothing(void) { return 0; }
EXPORT(cli_list) u32 cli_list(void) { return answer("[1]"); }
EXPORT(cli_data) u32 cli_data(void) { return answer("{\"data\": \"text\"}"); }
EXPORT(cli_garbage) u32 cli_garbage(void) { return answer("\xff\xfe{"); }
EXPORT(cli_trap) u32 cli_trap(void) { __builtin_trap(); }
EXPORT(cli_spin) u32 cli_spin(void) {
    for (volatile u32 i = 0;; i++) {}
}
EXPORT(cli_param) u32 cli_param(u32 x) { return x; }

/* ---- getter/v1 ---- */

EXPORT(get) u32 get(void) {
    write_to(2, input, read_input());
    return answer("{\"data\": \"d2hvOiB3YXNtCg==\"}"); /* who: wasm */
}
EXPORT(get_null) u32 get_null(void) { return answer("{}"); }
EXPORT(get_bad) u32 get_bad(void) { return answer("{\"data\": \"!!\"}"); }
EXPORT(get_number) u32 get_number(void) { return answer("{\"data\": 1}"); }

/* ---- postrenderer/v1 ---- */

/* The input is a good answer: manifests come back as they went. */
EXPORT(pr_same) u32 pr_same(void) {
    u32 n = read_input();
    ext_output_set(block_of(input, n), n);
    return 0;
}

static int starts(const char *at, const char *end, const char *with) {
    for (; *with; at++, with++)
        if (at == end || *at != *with) return 0;
    return 1;
}

/* A label for every object: in the JSON text, a new line is two characters. */
EXPORT(pr_label) u32 pr_label(void) {
    static char out[1 << 19];
    const char *end = input + read_input();
    u32 n = 0;
    for (const char *at = input; at < end && n + 64 < sizeof out; at++) {
        out[n++] = *at;
        if (!starts(at, end, "\\nmetadata:\\n")) continue;
        for (const char *s = "nmetadata:\\n  labels:\\n    by: wasm\\n"; *s; s++) out[n++] = *s;
        at += 12;
    }
    ext_output_set(block_of(out, n), n);
    return 0;
}
EXPORT(pr_null) u32 pr_null(void) { return answer("{\"manifests\": null}"); }
EXPORT(pr_blank) u32 pr_blank(void) { return answer("{\"manifests\": \" \\n\"}"); }
EXPORT(pr_object) u32 pr_object(void) { return answer("{\"manifests\": {}}"); }
EXPORT(pr_fails) u32 pr_fails(void) {
    write_to(2, "it says \x1b[31mwhy\n", 17);
    ext_error_set(block_text("privileged pods are not welcome"));
    return 1;
}
