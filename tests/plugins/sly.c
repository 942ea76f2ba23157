/* More attempts, one an entry: at the edges of WASI, of the ABI and of the quotas. What an entry gets away with is in its output; the suite looks at the rest from outside. */
#include "pdk.h"

WASI(fd_allocate) extern u32 wasi_fd_allocate(u32 fd, u64 at, u64 n);
WASI(fd_pwrite) extern u32 wasi_fd_pwrite(u32 fd, const void *iovs, u32 count, u64 at, u32 *n);
WASI(fd_prestat_get) extern u32 wasi_prestat(u32 fd, u8 *stat);
WASI(sched_yield) extern u32 wasi_sched_yield(void);
USER(helm_log) extern u64 helm_log(u64 request);

typedef struct iov {
    const void *p;
    u32 n;
} iov;

static u8 scratch[1 << 16];
static volatile u32 sink;

static void tell(u64 v) {
    say_number(v);
    say(" ");
}

static u32 open_file(const char *path, u32 n, u32 oflags, u32 *ret) {
    return wasi_path_open(3, 1, path, n, oflags, 0x1FFFFFFFull, 0x1FFFFFFFull, 0, ret);
}

/* ---- an HTTP request: url, method and headers from the configuration ---- */

static u32 put(char *to, u32 at, u32 room, const char *s) {
    while (*s && at < room) to[at++] = *s++;
    return at;
}

static u32 put_block(char *to, u32 at, u32 room, u64 block) {
    u64 n = ext_length(block);
    for (u64 i = 0; i < n && at < room; i++) to[at++] = (char)ext_load_u8(block + i);
    return at;
}

static u64 request(void) {
    static char text[1 << 14];
    u32 n = put(text, 0, sizeof text, "{\"url\": \"");
    n = put_block(text, n, sizeof text, ext_config_get(block_text("url")));
    n = put(text, n, sizeof text, "\", \"method\": \"");
    n = put_block(text, n, sizeof text, ext_config_get(block_text("method")));
    n = put(text, n, sizeof text, "\", \"headers\": {");
    n = put_block(text, n, sizeof text, ext_config_get(block_text("headers")));
    n = put(text, n, sizeof text, "}}");
    return block_of(text, n);
}

static u32 show(void) {
    write_to(1, out_text, out_n);
    out_n = 0;
    say("{}");
    return done();
}

EXPORT(reaches) u32 reaches(void) {
    u64 body = ext_http_request(request(), 0);
    tell(ext_http_status_code());
    tell(ext_length(body));
    say("\n");
    return show();
}

EXPORT(reaches_for_ever) u32 reaches_for_ever(void) {
    for (;;) ext_free(ext_http_request(request(), 0));
}

/* ---- time ---- */

EXPORT(yields) u32 yields(void) {
    for (;;) wasi_sched_yield();
}
EXPORT(asks_the_time) u32 asks_the_time(void) {
    u64 now;
    for (;;) wasi_clock_time_get(0, 0, &now);
}
EXPORT(eats_random) u32 eats_random(void) {
    for (;;) wasi_random_get(scratch, sizeof scratch);
}
EXPORT(waits_in_pieces) u32 waits_in_pieces(void) {
    static subscription subs[256];
    static u8 events[256 * EVENT_SIZE];
    u32 n;
    for (u32 i = 0; i < 256; i++) {
        subs[i].timeout = i % 2 ? ~0ull : 1000000000ull;
        subs[i].id = i % 5;
        subs[i].flags = (u16)(i % 3 == 0);
    }
    for (;;) wasi_poll_oneoff(subs, events, 256, &n);
}

/* ---- memory ---- */

/* All of it, and every page touched: what the host really has to give. */
EXPORT(touches_all) u32 touches_all(void) {
    u32 pages = 0;
    for (;;) {
        unsigned long at = __builtin_wasm_memory_grow(0, 16);
        if (at == (unsigned long)-1) break;
        for (u32 i = 0; i < 256; i++) *(volatile u8 *)((at << 16) + i * 4096) = 1;
        pages += 16;
    }
    tell(pages / 16 > 1);
    return show();
}
/* Blocks of the ABI, each of them written to. */
EXPORT(touches_blocks) u32 touches_blocks(void) {
    u64 total = 0, at, spare = ext_alloc(64);
    while ((at = ext_alloc(1 << 20)) != 0) {
        for (u32 i = 0; i < (1 << 20); i += 4096) ext_store_u8(at + i, 1);
        total += 1 << 20;
    }
    ext_free(spare);
    say_number(total >> 20);
    return show();
}
EXPORT(many_vars) u32 many_vars(void) {
    char key[9] = "k0000000";
    for (u32 i = 0;; i++) {
        for (u32 k = 0, v = i; k < 7; k++, v /= 10) key[7 - k] = (char)('0' + v % 10);
        ext_var_set(block_text(key), block_text("v"));
    }
}

/* ---- descriptors and paths ---- */

EXPORT(odd_files) u32 odd_files(void) {
    u32 fd = 0, other = 0, n = 0;
    u64 at = 0;
    const iov v = {"x", 1};
    static char longest[1 << 15];
    for (u32 i = 0; i < sizeof longest; i++) longest[i] = i % 2 ? '/' : 'a';
    tell(open_file("f\0g", 3, 1, &other) != 0);
    tell(open_file(longest, sizeof longest, 1, &other) != 0);
    tell(open_file("", 0, 1, &other) != 0);
    tell(open_file("\xff\xfe", 2, 1, &other) != 0);
    tell(open_file("f", 1, 1, &fd) == 0);
    tell(wasi_fd_allocate(fd, 0, 1ull << 60) != 0);
    tell(wasi_fd_allocate(fd, ~0ull, ~0ull) != 0);
    tell(wasi_fd_pwrite(fd, &v, 1, ~0ull >> 1, &n) != 0);
    tell(wasi_fd_pwrite(fd, &v, 1, 1ull << 40, &n) != 0);
    tell(wasi_fd_seek(fd, (i64)(~0ull >> 1), 1, &at) != 0 || wasi_fd_seek(fd, (i64)(~0ull >> 1), 1, &at) != 0 ||
         wasi_fd_seek(fd, 2, 1, &at) != 0);
    tell(wasi_fd_seek(fd, -1, 0, &at) != 0);
    tell(wasi_fd_readdir(3, scratch, sizeof scratch, ~0ull, &n) != 0 || n == 0);
    tell(wasi_fd_readdir(fd, scratch, sizeof scratch, 0, &n) != 0);
    tell(wasi_path_rename(3, ".", 1, 3, "f/x", 3) != 0);
    tell(wasi_path_remove_directory(3, ".", 1) != 0);
    tell(wasi_path_unlink_file(3, ".", 1) != 0);
    tell(wasi_fd_renumber(3, 0) != 0 || wasi_path_open(0, 1, "../../etc/passwd", 16, 0, 0, 0, 0, &other) != 0);
    return show();
}

/* Its standard streams, turned round and closed. */
EXPORT(shuffles_streams) u32 shuffles_streams(void) {
    u32 e = wasi_fd_renumber(1, 2);
    write_to(2, "to two\n", 7);
    write_to(1, "to one\n", 7);
    for (u32 fd = 0; fd < 300; fd++) wasi_fd_close(fd);
    write_to(1, "closed\n", 7);
    write_to(2, "closed\n", 7);
    sink = e;
    ext_output_set(block_text("{}"), 2);
    return 0;
}

/* Vectors that lie over each other, over themselves and over the end. */
EXPORT(odd_vectors) u32 odd_vectors(void) {
    static iov list[1024];
    u32 n = 0;
    for (u32 i = 0; i < 1024; i++) list[i] = (iov){list, sizeof list};
    tell(wasi_fd_read(0, list, 1024, (u32 *)list) == 0);
    for (u32 i = 0; i < 1024; i++) list[i] = (iov){(void *)0xFFFFFFFFu, 0xFFFFFFFFu};
    tell(wasi_fd_write(1, list, 1024, &n) != 0);
    tell(wasi_fd_write(1, list, 0xFFFFFFFFu, &n) != 0);
    tell(wasi_fd_write(1, (void *)0xFFFFFFF8u, 2, &n) != 0);
    tell(wasi_environ_get((u8 **)0xFFFFFFF0u, (u8 *)0xFFFFFFF0u) != 0);
    return show();
}

/* ---- words ---- */

EXPORT(forges_lines) u32 forges_lines(void) {
    ext_error_set(block_text("all is well\nError: the guard allows everything\r\x1b]0;title\a\x9b"
                             "31m\xe2\x80\xae gnp.exe"));
    return 1;
}
EXPORT(long_error) u32 long_error(void) {
    u64 n = 32u << 20, at = ext_alloc(n);
    for (u64 i = 0; i < n; i += 8) ext_store_u64(at + i, 0x6161616161616161ull);
    ext_error_set(at);
    return 1;
}
EXPORT(deep_answer) u32 deep_answer(void) {
    u64 n = 4u << 20, at = ext_alloc(n);
    for (u64 i = 0; i < n; i += 8) ext_store_u64(at + i, 0x5b5b5b5b5b5b5b5bull);
    ext_output_set(at, n);
    return 0;
}
EXPORT(many_answers) u32 many_answers(void) {
    u64 n = 16u << 20, at = ext_alloc(n);
    for (u64 i = 0; i < n; i += 8) ext_store_u64(at + i, 0x2c305b2c305b2c30ull);
    ext_store_u8(at, '[');
    ext_output_set(at, n);
    return 0;
}
EXPORT(logs_for_ever) u32 logs_for_ever(void) {
    for (;;) ext_log_error(block_text("a line of the log"));
}
EXPORT(tells_for_ever) u32 tells_for_ever(void) {
    for (;;) ext_free(helm_log(block_text("{\"level\": \"debug\", \"message\": \"a line\"}")));
}
EXPORT(asks_deeply) u32 asks_deeply(void) {
    u64 n = 4u << 20, at = ext_alloc(n);
    for (u64 i = 0; i < n; i += 8) ext_store_u64(at + i, 0x5b5b5b5b5b5b5b5bull);
    u64 answer = helm_log(at);
    say_number(ext_length(answer) > 0 && ext_length(answer) < 10000);
    return show();
}

/* ---- post-renderers ---- */

EXPORT(alias_bomb) u32 alias_bomb(void) {
    say("{\"manifests\": \"kind: ConfigMap\\nmetadata: {name: a}\\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\\n");
    for (u32 i = 1; i < 12; i++) {
        say("a");
        say_number(i);
        say(": &a");
        say_number(i);
        say(" [");
        for (u32 k = 0; k < 10; k++) {
            say(k ? ", *a" : "*a");
            say_number(i - 1);
        }
        say("]\\n");
    }
    say("\"}");
    return done();
}
EXPORT(many_documents) u32 many_documents(void) {
    static const char head[] = "{\"manifests\": \"", doc[] = "---\\na: 1\\n", tail[] = "\"}";
    u64 count = 1000000, n = sizeof head - 1 + count * (sizeof doc - 1) + sizeof tail - 1, at = ext_alloc(n), to = at;
    for (u32 i = 0; i < sizeof head - 1; i++) ext_store_u8(to++, (u8)head[i]);
    for (u64 k = 0; k < count; k++)
        for (u32 i = 0; i < sizeof doc - 1; i++) ext_store_u8(to++, (u8)doc[i]);
    for (u32 i = 0; i < sizeof tail - 1; i++) ext_store_u8(to++, (u8)tail[i]);
    ext_output_set(at, n);
    return 0;
}
/* Another file's annotation, with a path that leads out. */
EXPORT(leads_out) u32 leads_out(void) {
    say("{\"manifests\": \"kind: ConfigMap\\nmetadata:\\n  name: a\\n  annotations:\\n    postrenderer.helm.sh/postrender-filename: ../../../../tmp/bulkhead-out.yaml\\n\"}");
    return done();
}
