/* Attempts by way of what a plugin was granted: host functions and requests without end, answers that are bombs for whoever reads them, blocks and variables turned over
 * again and again. */
#include "pdk.h"

USER(helm_render) extern u64 helm_render(u64 request);
USER(helm_get_values) extern u64 helm_get_values(u64 request);

static u64 configured(const char *key) { return ext_config_get(block_text(key)); }

/* A request with what the configuration has for the key between two texts. */
static u64 request_of(const char *before, const char *key, const char *after) {
    out_n = 0;
    say(before);
    say_block(configured(key));
    say(after);
    u64 at = block_of(out_text, out_n);
    out_n = 0;
    return at;
}

/* ---- host functions ---- */

/* The chart comes from the configuration: files as JSON. Once, or until it is stopped. */
static u64 render_request(void) { return request_of("{\"files\": ", "files", "}"); }
EXPORT(renders) u32 renders(void) {
    u64 at = helm_render(render_request());
    say_block(at);
    write_to(1, out_text, out_n);
    ext_output_set(block_text("{}"), 2);
    return 0;
}
EXPORT(renders_for_ever) u32 renders_for_ever(void) {
    for (;;) ext_free(helm_render(render_request()));
}
EXPORT(asks_for_ever) u32 asks_for_ever(void) {
    for (;;) ext_free(helm_get_values(block_text("{\"all\": false}")));
}
/* A request of 64 MiB: one text. */
EXPORT(asks_hugely) u32 asks_hugely(void) {
    u64 n = 64u << 20, at = ext_alloc(n);
    for (u64 i = 0; i < n; i += 8) ext_store_u64(at + i, 0x6161616161616161ull);
    ext_store_u64(at, 0x61223a2261227b20ull); /* {"a":"a */
    u64 answer = helm_get_values(at);
    print(ext_length(answer) < 10000 ? "short" : "long");
    ext_output_set(block_text("{}"), 2);
    return 0;
}

/* ---- requests ---- */

static u64 get_request(void) { return request_of("{\"url\": \"", "url", "\"}"); }
EXPORT(fetches_for_ever) u32 fetches_for_ever(void) {
    for (;;) ext_free(ext_http_request(get_request(), 0));
}
/* Sends 40 MiB, again and again. */
EXPORT(posts_for_ever) u32 posts_for_ever(void) {
    for (;;) {
        u64 body = ext_alloc(40u << 20);
        ext_free(ext_http_request(get_request(), body));
        ext_free(body);
    }
}
/* A URL of 8 MiB. */
EXPORT(asks_long_url) u32 asks_long_url(void) {
    u64 n = 8u << 20, at = ext_alloc(n);
    for (u64 i = 0; i < n; i += 8) ext_store_u64(at + i, 0x6161616161616161ull);
    static const char head[] = "{\"url\": \"http://127.0.0.1/", tail[] = "\"}";
    for (u32 i = 0; i < sizeof head - 1; i++) ext_store_u8(at + i, (u8)head[i]);
    for (u32 i = 0; i < sizeof tail - 1; i++) ext_store_u8(at + n - 2 + i, (u8)tail[i]);
    ext_http_request(at, 0);
    return 0;
}

/* ---- blocks and variables ---- */

/* Every size, freed in an order that leaves holes. */
EXPORT(makes_holes) u32 makes_holes(void) {
    static u64 kept[4096];
    for (u32 round = 0; round < 40; round++) {
        for (u32 i = 0; i < 4096; i++) kept[i] = ext_alloc(1 + (u64)(i * 2654435761u + round * 40503u) % 60000);
        for (u32 i = 0; i < 4096; i += 2) ext_free(kept[i]);
        for (u32 i = 1; i < 4096; i += 2) ext_free(kept[i]);
    }
    print("done");
    ext_output_set(block_text("{}"), 2);
    return 0;
}
EXPORT(turns_vars) u32 turns_vars(void) {
    u64 n = 900000;
    for (u32 i = 0; i < 2000; i++) {
        u64 value = ext_alloc(n), key = block_text(i % 2 ? "a" : "b");
        if (!value) break;
        ext_store_u8(value, (u8)i);
        ext_var_set(block_text(i % 2 ? "b" : "a"), 0);
        ext_var_set(key, value);
    }
    print("done");
    ext_output_set(block_text("{}"), 2);
    return 0;
}

/* ---- files in memory: as many bytes as fit, taken away and made again ---- */

EXPORT(churns_tmp) u32 churns_tmp(void) {
    for (u32 round = 0; round < 200; round++) {
        u32 fd = 0;
        if (wasi_path_open(3, 1, "f", 1, 1, 0x1FFFFFFFull, 0, 0, &fd)) break;
        for (u32 i = 0; i < 512; i++) write_to(fd, out_text, sizeof out_text);
        wasi_path_unlink_file(3, "f", 1); /* the descriptor stays open */
        if (round % 2) wasi_fd_close(fd);
    }
    print("done");
    ext_output_set(block_text("{}"), 2);
    return 0;
}

/* ---- answers for others: a getter's ---- */

EXPORT(gives) u32 gives(void) {
    say("{\"data\": \"");
    say_block(configured("data"));
    say("\"}");
    return done();
}
/* 96 MiB of base64: a list of 12 million numbers. */
EXPORT(gives_much) u32 gives_much(void) {
    static const char head[] = "{\"data\": \"", tail[] = "\"}";
    u64 count = 12u << 20, n = sizeof head - 1 + count * 8 + sizeof tail - 1, at = ext_alloc(n), to = at;
    for (u32 i = 0; i < sizeof head - 1; i++) ext_store_u8(to++, (u8)head[i]);
    for (u64 k = 0; k < count; k++, to += 8) ext_store_u64(to, 0x4b45544d7841534cull); /* LSAxMTEK */
    for (u32 i = 0; i < sizeof tail - 1; i++) ext_store_u8(to++, (u8)tail[i]);
    ext_output_set(at, n);
    return 0;
}

/* ---- before it is asked ---- */

/* In the constructor: a request, an answer, an end. Which of them, the build says. */
#ifdef CRAFTY_EARLY
EXPORT(_initialize) void early(void) {
#if CRAFTY_EARLY == 1
    ext_http_request(block_text("{\"url\": \"http://127.0.0.1:9/early\"}"), 0);
#elif CRAFTY_EARLY == 2
    for (;;) ext_free(ext_http_request(get_request(), 0));
#endif
}
#endif
