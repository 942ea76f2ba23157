/* Attempts that look for what a limit does not count: room that a file gave back, keys that collide, the last bytes of the stack, lies about where an output ends. */
#include "pdk.h"

WASI(fd_allocate) extern u32 wasi_fd_allocate(u32 fd, u64 at, u64 n);
WASI(fd_pwrite) extern u32 wasi_fd_pwrite(u32 fd, const void *iovs, u32 count, u64 at, u32 *n);
WASI(fd_fdstat_set_flags) extern u32 wasi_fd_fdstat_set_flags(u32 fd, u32 flags);
WASI(fd_filestat_set_times) extern u32 wasi_fd_filestat_set_times(u32 fd, u64 a, u64 m, u32 flags);
WASI(path_filestat_set_times) extern u32 wasi_path_filestat_set_times(u32 fd, u32 f, const char *path, u32 n, u64 a, u64 m, u32 flags);
WASI(path_readlink) extern u32 wasi_path_readlink(u32 fd, const char *path, u32 n, u8 *to, u32 room, u32 *used);
WASI(proc_raise) extern u32 wasi_proc_raise(u32 signal);
USER(helm_log) extern u64 helm_log(u64 request);
USER(helm_render) extern u64 helm_render(u64 request);

#define TMP 3u
#define ALL 0x1FFFFFFFull
#define MIB (1ull << 20)

static u32 make(const char *name, u32 n, u32 oflags) {
    u32 fd = 0;
    return wasi_path_open(TMP, 1, name, n, oflags, ALL, ALL, 0, &fd) ? 0 : fd;
}

static u32 over(void) {
    write_to(1, out_text, out_n);
    ext_output_set(block_text("{}"), 2);
    return 0;
}

static const char *numbered(u32 i) {
    static char name[8] = "f000000";
    for (u32 k = 0; k < 6; k++, i /= 10) name[6 - k] = (char)('0' + i % 10);
    return name;
}

/* ---- files ---- */

/* Each file in turn is as large as it may be, and then small again. */
EXPORT(shrinks) u32 shrinks(void) {
    u32 made = 0;
    for (; made < 30; made++) {
        u32 fd = make(numbered(made), 7, 1);
        if (!fd) break;
        if (wasi_fd_filestat_set_size(fd, 60 * MIB)) break;
        wasi_fd_filestat_set_size(fd, 1);
        wasi_fd_close(fd);
    }
    say_number(made);
    return over();
}

/* Sizes and places that end beyond everything. */
EXPORT(overreaches) u32 overreaches(void) {
    static const u64 far[] = {64 * MIB + 1, 1ull << 32, 1ull << 40, 1ull << 62, ~0ull >> 1, 1ull << 63, ~0ull};
    const struct {
        const void *p;
        u32 n;
    } v = {"x", 1};
    u32 fd = make("f", 1, 1), n, good = 0;
    for (u32 i = 0; i < sizeof far / sizeof *far; i++) {
        good += !wasi_fd_filestat_set_size(fd, far[i]);
        good += !wasi_fd_allocate(fd, 0, far[i]);
        good += !wasi_fd_allocate(fd, far[i], 1);
        good += !wasi_fd_allocate(fd, far[i], far[i]);
        good += !wasi_fd_pwrite(fd, &v, 1, far[i], &n);
        u64 at;
        good += !wasi_fd_seek(fd, (i64)far[i], 0, &at) && !wasi_fd_write(fd, &v, 1, &n);
    }
    say_number(good);
    return over();
}

/* Thousands of rounds of names over open files and folders: whoever keeps a pointer to what is gone is found out by a build that looks. */
EXPORT(stirs) u32 stirs(void) {
    static const char *const paths[] = {"a", "b", "a/b", "b/a", "a/b/c", "./a//b",   "a/..", "..",
                                        ".", "",  "/",   "/a",  "a/",    "a/b/../b", "c",    "c/a/b/c"};
    static u8 memory[4096];
    u32 seed = 12345, n, fd;
    u64 at;
    for (u32 i = 0; i < 300000; i++) {
        seed = seed * 1664525u + 1013904223u;
        const char *p = paths[seed >> 8 & 15], *q = paths[seed >> 12 & 15];
        u32 pn = text_length(p), qn = text_length(q), on = seed >> 17 & 7, other = TMP + (seed >> 20 & 31);
        const struct {
            const void *p;
            u32 n;
        } v = {memory, seed >> 23};
        if (on > 3) on = TMP; /* from /tmp mostly, else from whatever is open */
        else on = other;
        switch (seed >> 27) {
        case 0: wasi_path_unlink_file(on, p, pn); break;
        case 1: wasi_path_remove_directory(on, p, pn); break;
        case 2:
        case 3: wasi_path_create_directory(on, p, pn); break;
        case 4:
        case 5:
        case 6: wasi_path_rename(on, p, pn, other, q, qn); break;
        case 7:
        case 8:
        case 9:
        case 10: wasi_path_open(on, 1, p, pn, 1, ALL, ALL, seed >> 16 & 1, &fd); break;
        case 11:
        case 12: wasi_path_open(on, 1, p, pn, 2, 2, ALL, 0, &fd); break;
        case 13: wasi_path_open(on, 1, p, pn, seed >> 9 & 15, ALL, ALL, 0, &fd); break;
        case 14:
        case 15:
        case 16: wasi_fd_close(other); break;
        case 17: wasi_fd_renumber(other, TMP + (seed >> 15 & 31)); break;
        case 18: wasi_fd_write(other, &v, 1, &n); break;
        case 19: wasi_fd_pwrite(other, &v, 1, seed >> 16, &n); break;
        case 20: wasi_fd_read(other, &v, 1, &n); break;
        case 21: wasi_fd_filestat_set_size(other, seed >> 15); break;
        case 22: wasi_fd_readdir(other, memory, sizeof memory, seed >> 28, &n); break;
        case 23: wasi_path_filestat_get(on, 0, p, pn, memory); break;
        case 24: wasi_path_filestat_set_times(on, 0, p, pn, seed, seed, seed & 15); break;
        case 25: wasi_fd_filestat_set_times(other, seed, seed, seed & 15); break;
        case 26: wasi_path_link(on, 0, p, pn, other, q, qn); break;
        case 27: wasi_path_symlink(q, qn, on, p, pn); break;
        case 28: wasi_path_readlink(on, p, pn, memory, sizeof memory, &n); break;
        case 29: wasi_fd_seek(other, (i64)seed - 0x7fffffff, seed & 3, &at); break;
        case 30: wasi_fd_fdstat_set_flags(other, seed & 31); break;
        default: wasi_fd_prestat_get(other, memory); break;
        }
    }
    print("stirred");
    return over();
}

/* ---- blocks ---- */

/* Room is never used twice, so the end of what was ever given out moves away: what lies before it looks like something. */
static void stretch(u64 to) {
    for (u64 at = 0; at < to;) {
        at = ext_alloc(256 * MIB);
        ext_free(at);
        if (!at) break;
    }
}
EXPORT(lies_far) u32 lies_far(void) {
    stretch(1ull << 34);
    ext_output_set(77, 1ull << 33);
    return 0;
}
EXPORT(lies_near) u32 lies_near(void) {
    stretch(1ull << 34);
    ext_output_set(77, 100 * MIB);
    return 0;
}
EXPORT(lies_about_input) u32 lies_about_input(void) {
    stretch(1ull << 34);
    ext_input_set(77, 1ull << 33);
    say_number(ext_input_length() >> 33);
    say_number(ext_input_load_u8(1ull << 32) + ext_input_load_u64(1ull << 32));
    ext_free(ext_input_offset());
    ext_var_set(77, 1ull << 33);
    return over();
}
/* The same handle everywhere, freed in between; whole halves of a block as keys. */
EXPORT(turns_handles) u32 turns_handles(void) {
    for (u32 i = 0; i < 20000; i++) {
        u64 at = ext_alloc(100 + i), same = at;
        ext_output_set(at, 100 + i);
        ext_free(at);
        ext_free(same);
        ext_var_set(same, same);
        ext_var_get(same);
        ext_config_get(same);
        ext_log_info(same);
        ext_error_set(same);
        ext_input_set(same, 50);
        ext_store_u8(same + 99 + i, 255);
        ext_output_set(same + 50, 10);
    }
    ext_error_set(0);
    print("turned");
    return over();
}

/* ---- keys that collide ---- */

/* The inverse of an odd number, modulo 2^64. */
static u64 inverse(u64 a) {
    u64 x = a;
    for (u32 i = 0; i < 6; i++) x *= 2 - a * x;
    return x;
}
static u64 put(u64 at, const char *s) {
    while (*s) ext_store_u8(at++, (u8)*s++);
    return at;
}
/* An object whose keys have one hash in the host: of eight bytes each, computed backwards from the hash. */
static u64 colliding(u32 want, u64 *ret_n) {
    u64 first = ext_alloc(want * 13ull + 8), at = put(first, "{"), i1 = inverse(0xff51afd7ed558ccdull), i2 = inverse(0xc4ceb9fe1a85ec53ull);
    u32 n = 0;
    for (u64 low = 0; low < 0xFFFFFFFFull && n < want; low++) {
        u64 h = (0x12345678ull << 32 | low) * i2, bad = 0;
        u64 w = ((h ^ h >> 32) * i1) ^ 0x9e3779b97f4a7c15ull ^ 8;
        if (w & 0x8080808080808080ull) continue;
        for (u32 i = 0; i < 64; i += 8) bad |= (w >> i & 0xFF) < 0x23 || (w >> i & 0xFF) == '\\' || (w >> i & 0xFF) == 0x7F;
        if (bad) continue;
        at = put(at, n++ ? ",\"" : "\"");
        ext_store_u64(at, w);
        at = put(at + 8, "\":0");
    }
    *ret_n = put(at, "}") - first;
    return first;
}
EXPORT(answers_colliding) u32 answers_colliding(void) {
    u64 n, at = colliding(150000, &n);
    ext_output_set(at, n);
    return 0;
}
EXPORT(asks_colliding) u32 asks_colliding(void) {
    u64 n, at = colliding(150000, &n), copy = ext_alloc(n);
    for (u64 i = 0; i < n; i++) ext_store_u8(copy + i, ext_load_u8(at + i));
    u64 answer = helm_log(copy);
    say_block(answer);
    return over();
}
EXPORT(requests_colliding) u32 requests_colliding(void) {
    u64 n, at = colliding(150000, &n), copy = ext_alloc(n);
    for (u64 i = 0; i < n; i++) ext_store_u8(copy + i, ext_load_u8(at + i));
    ext_http_request(copy, 0);
    return over();
}

/* ---- the last bytes of the stack ---- */

static volatile u32 sink;

__attribute__((noinline)) static u32 ask(u32 what) {
    u8 subs[48 * 4] = {0}, events[32 * 4];
    u32 n = 0;
    switch (what) {
    case 0:
        return (u32)ext_length(helm_render(block_text(
            "{\"files\": {\"Chart.yaml\": \"apiVersion: v2\\nname: c\\nversion: 0.1.0\\n\", \"templates/a.yaml\": \"a: {{ now }}\"}}")));
    case 1: return (u32)ext_http_request(block_text("{\"url\": \"http://localhost:9/\"}"), 0);
    case 2: return wasi_poll_oneoff(subs, events, 4, &n) + n;
    default: return (u32)ext_length(helm_log(block_text("{\"level\": \"info\", \"message\": \"x\"}")));
    }
}
/* Nothing in the guest's own memory, so that it is the machine's stack that ends. */
__attribute__((noinline)) static u32 deeper(u32 left, u32 what) {
    if (!left) return ask(what);
    u32 r = deeper(left - 1, what);
    return (r >> 1 ^ left) + what;
}
static u32 configured(const char *key) {
    u64 at = ext_config_get(block_text(key)), n = ext_length(at);
    u32 v = 0;
    for (u64 i = 0; i < n; i++) v = v * 10 + (ext_load_u8(at + i) - '0');
    return v;
}
EXPORT(asks_from_below) u32 asks_from_below(void) {
    sink = deeper(configured("depth"), configured("what"));
    print("returned");
    return over();
}

/* ---- signals, tables, words ---- */

EXPORT(raises) u32 raises(void) {
    for (u32 i = 0; i < 256; i++) sink += wasi_proc_raise(i) == 0;
    say_number(sink);
    return over();
}
/* Texts that are no texts: NULs, halves of characters, surrogates, as names of everything. */
EXPORT(says_nonsense) u32 says_nonsense(void) {
    static const char odd[] = "\xff\xfe\0\xed\xa0\x80\xf4\x90\x80\x80\x1b[31m\xc2\x9b\xe2\x80\xae";
    u64 at = block_of(odd, sizeof odd - 1);
    ext_config_get(at);
    ext_var_set(block_of(odd, sizeof odd - 1), block_of(odd, sizeof odd - 1));
    ext_log_error(block_of(odd, sizeof odd - 1));
    say_block(helm_log(block_of(odd, sizeof odd - 1)));
    make(odd, sizeof odd - 1, 1);
    ext_error_set(block_of(odd, sizeof odd - 1));
    return 3;
}
