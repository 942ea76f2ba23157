/* lister: looks for folders, and fetches URLs. Freestanding C; the ABI is in tests/plugins/pdk.h. */
#include "pdk.h"

/* Tries every way that WASI has into a file system. */
static void list(void) {
    static const char *const places[] = {"/", "/tmp", "/home", "/etc/passwd", "/proc/self/environ", "."};
    u8 stat[64];
    u32 found = 0, fd;
    for (u32 i = 3; i < 16; i++) found += wasi_fd_prestat_get(i, stat) == 0;
    for (u32 i = 3; i < 8; i++)
        for (u32 k = 0; k < sizeof places / sizeof *places; k++)
            found += wasi_path_open(i, 1, places[k], text_length(places[k]), 0, 2, 2, 0, &fd) == 0;
    print(found ? "I can see files!\n" : "I can see: nothing. There are no files here.\n");
}

/* The n-th string of the input's list; URLs need no unescaping. */
static u32 argument(u32 n, char *to, u32 room) {
    u32 size = (u32)ext_input_length(), used = 0, quotes = 0;
    for (u32 i = 0; i < size; i++) {
        char c = (char)ext_input_load_u8(i);
        if (c == '"') quotes++;
        else if (quotes == 2 * n + 3 && used + 1 < room) to[used++] = c;
    }
    to[used] = 0;
    return used;
}

static void get(const char *url) {
    static char body[1 << 16];
    say("{\"method\": \"GET\", \"url\": \"");
    say(url);
    say("\"}");
    u64 answer = ext_http_request(block_of(out_text, out_n), 0), n = ext_length(answer);
    out_n = 0;
    for (u64 i = 0; i < n && i < sizeof body; i++) body[i] = (char)ext_load_u8(answer + i);
    print("I fetched: ");
    write_to(1, body, (u32)(n < sizeof body ? n : sizeof body));
}

EXPORT(helm_plugin_main) u32 helm_plugin_main(void) {
    static char url[2048];
    if (argument(1, url, sizeof url)) get(url);
    else list();
    say("{}");
    return done();
}
