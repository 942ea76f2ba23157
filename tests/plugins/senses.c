/* A plugin that writes down all that it is told: the time, random numbers, variables, input, files' times, an HTTP answer, a rendered chart. Entries for every type. */
#include "pdk.h"

USER(helm_render) extern u64 helm_render(u64 request);
USER(helm_log) extern u64 helm_log(u64 request);

static void tell(const char *name, u64 v) {
    say(name);
    say_number(v);
    say(";");
}

static void variables(void) {
    static u8 *list[4096];
    static u8 bytes[1 << 14];
    u32 count, size;
    wasi_environ_sizes_get(&count, &size);
    tell("variables", count);
    if (count > 4096 || size > sizeof bytes) return;
    wasi_environ_get(list, bytes);
    for (u32 i = 0; i < count; i++) {
        const char *s = (const char *)list[i];
        if (s[0] == 'T' && s[1] == 'A' && s[2] == 'L') say(s);
    }
}

static void files(void) {
    u8 stat[64] = {0};
    u32 fd = 0;
    if (wasi_path_open(3, 1, "f", 1, 1, 0x1FFFFFFFull, 0, 0, &fd)) return;
    wasi_fd_filestat_get(fd, stat);
    tell("made", *(u64 *)(stat + 48));
}

static void senses(const char *url) {
    u64 now = 0;
    u8 r[8];
    for (u32 id = 0; id < 2; id++) {
        wasi_clock_time_get(id, 0, &now);
        tell("clock", now);
    }
    wasi_random_get(r, sizeof r);
    tell("random", *(u64 *)r);
    tell("waited", wait_ns(1000000));
    variables();
    files();
    if (!*url) return;
    out_text[out_n] = 0;
    static char request[512];
    u32 n = 0;
    for (const char *s = "{\"url\": \""; *s; s++) request[n++] = *s;
    for (const char *s = url; *s && n < 480; s++) request[n++] = *s;
    for (const char *s = "\", \"headers\": {\"X-A\": \"b\"}}"; *s; s++) request[n++] = *s;
    u64 body = ext_http_request(block_of(request, n), 0);
    tell("status", ext_http_status_code());
    for (u64 i = 0; i < ext_length(body) && i < 64; i++) {
        char c[2] = {(char)ext_load_u8(body + i), 0};
        say(c);
    }
    tell("headers", ext_length(ext_http_headers()) > 2);
}

static const char *configured(void) {
    static char url[256];
    u64 at = ext_config_get(block_text("url")), n = ext_length(at);
    for (u64 i = 0; i < n && i < sizeof url - 1; i++) url[i] = (char)ext_load_u8(at + i);
    return url;
}

static void print_block(u64 at) {
    static char text[1 << 14];
    u64 n = ext_length(at);
    if (n > sizeof text) n = sizeof text;
    for (u64 i = 0; i < n; i++) text[i] = (char)ext_load_u8(at + i);
    write_to(1, text, (u32)n);
}

EXPORT(cli) u32 cli(void) {
    char c;
    const struct {
        void *p;
        u32 n;
    } v = {&c, 1};
    u32 n;
    while (wasi_fd_read(0, &v, 1, &n) == 0 && n == 1) write_to(1, &c, 1);
    senses(configured());
    write_to(1, out_text, out_n);
    helm_log(block_text("{\"level\": \"warn\", \"message\": \"hello\"}"));
    print_block(helm_render(block_text("{\"files\": {\"Chart.yaml\": \"apiVersion: v2\\nname: small\\nversion: 0.1.0\\n\","
                                       "\"templates/a.yaml\": \"pw: {{ randAlphaNum 12 }}\\nat: {{ now | unixEpoch }}\\n\"}}")));
    out_n = 0;
    say("{}");
    return done();
}

/* The first thing it asks for depends on the configuration: what another record does not have. */
EXPORT(getter) u32 getter(void) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static char text[1 << 12];
    say("told: \"");
    senses(configured());
    say("\"\n");
    u32 n = out_n < sizeof text ? out_n : sizeof text;
    for (u32 i = 0; i < n; i++) text[i] = out_text[i];
    out_n = 0;
    say("{\"data\": \"");
    for (u32 i = 0; i < n; i += 3) {
        u32 left = n - i, v = (u32)(u8)text[i] << 16 | (left > 1 ? (u32)(u8)text[i + 1] << 8 : 0) | (left > 2 ? (u8)text[i + 2] : 0);
        const char four[] = {digits[v >> 18], digits[v >> 12 & 63], left > 1 ? digits[v >> 6 & 63] : '=', left > 2 ? digits[v & 63] : '=',
                             0};
        say(four);
    }
    say("\"}");
    return done();
}

/* One object that tells all. */
EXPORT(postrender) u32 postrender(void) {
    say("{\"manifests\": \"kind: ConfigMap\\nmetadata: {name: told}\\ndata: {told: '");
    senses(configured());
    say("'}\\n\"}");
    return done();
}
