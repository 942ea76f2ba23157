/* A plugin that tries things. Each entry is one attempt; it says in its output what it got. */
#include "pdk.h"

/* ---- honest, for comparison ---- */

/* The input, turned round. */
EXPORT(echo) u32 echo(void) {
    u64 n = ext_input_length(), at = ext_alloc(n);
    for (u64 i = 0; i + 8 <= n; i += 8) ext_store_u64(at + i, ext_input_load_u64(i));
    for (u64 i = n & ~7ull; i < n; i++) ext_store_u8(at + i, ext_input_load_u8(i));
    ext_output_set(at, n);
    return 0;
}

EXPORT(returns_7) u32 returns_7(void) { return 7; }
EXPORT(returns_70000) u64 returns_70000(void) { return 70000; }
EXPORT(returns_nothing) void returns_nothing(void) { ext_output_set(block_text("void"), 4); }
EXPORT(exits_0) u32 exits_0(void) {
    ext_output_set(block_text("left"), 4);
    wasi_proc_exit(0);
    return 9;
}
EXPORT(exits_3) u32 exits_3(void) {
    wasi_proc_exit(3);
    return 0;
}
EXPORT(exits_300) u32 exits_300(void) {
    wasi_proc_exit(300);
    return 0;
}
EXPORT(sets_error) u32 sets_error(void) {
    ext_error_set(block_text("it is \x1b[31mred"));
    return 0;
}
EXPORT(sets_error_4) u32 sets_error_4(void) {
    ext_error_set(block_text("four"));
    return 4;
}
EXPORT(clears_error) u32 clears_error(void) {
    ext_error_set(block_text("never seen"));
    ext_error_set(0);
    say("fine");
    return done();
}
EXPORT(has_params) u32 has_params(u32 a, u64 b) { return a + (u32)b; }

/* ---- time ---- */

static volatile u32 sink;

EXPORT(loops) u32 loops(void) {
    for (;;) sink++;
}

EXPORT(loops_in_host) u32 loops_in_host(void) {
    for (;;) ext_free(ext_alloc(64));
}

EXPORT(sleeps) u32 sleeps(void) {
    wait_ns(3600ull * 1000000000ull);
    return 0;
}

/* 20 ms by the plugin's own clock. */
EXPORT(naps) u32 naps(void) {
    u64 before = 0, after = 0;
    wasi_clock_time_get(1, 0, &before);
    say_number(wait_ns(20000000));
    wasi_clock_time_get(1, 0, &after);
    say(after - before >= 20000000 && before ? " slept" : " did not sleep");
    return done();
}

__attribute__((noinline)) static u32 deeper(volatile u32 *p, u32 n) {
    volatile u32 here[16];
    here[n & 15] = *p + 1;
    return deeper(here, n + 1) + here[3];
}
EXPORT(recurses) u32 recurses(void) {
    volatile u32 start[16] = {0};
    return deeper(start, 0);
}

/* ---- memory ---- */

EXPORT(grows) u32 grows(void) {
    u32 pages = 0;
    while (__builtin_wasm_memory_grow(0, 16) != (unsigned long)-1) pages += 16;
    say_number(__builtin_wasm_memory_size(0));
    (void)pages;
    return done();
}

EXPORT(reads_beyond) u32 reads_beyond(void) { return *(volatile u32 *)0xFFFFFFF0u; }
EXPORT(traps) u32 traps(void) { __builtin_trap(); }
EXPORT(divides) u32 divides(void) { return 7 / sink; }

EXPORT(allocs_all) u32 allocs_all(void) {
    u64 total = 0, spare = ext_alloc(64);
    for (u64 n = (u64)1 << 40; n; n /= 2)
        while (ext_alloc(n)) total += n;
    ext_free(spare);
    say_number(total);
    return done();
}

EXPORT(allocs_many) u32 allocs_many(void) {
    u64 count = 0, spare = ext_alloc(64);
    while (ext_alloc(1)) count++;
    ext_free(spare);
    say_number(count);
    return done();
}

/* ---- output ---- */

EXPORT(outputs_256m) u32 outputs_256m(void) {
    u64 n = 256ull << 20, at = ext_alloc(n);
    ext_output_set(at, n);
    return at == 0;
}

EXPORT(floods_stdout) u32 floods_stdout(void) {
    for (u32 i = 0; i < 4096; i++) write_to(1, out_text, sizeof out_text);
    return 0;
}

EXPORT(speaks) u32 speaks(void) {
    char line[64];
    struct {
        void *p;
        u32 n;
    } iov = {line, sizeof line};
    u32 n = 0;
    write_to(1, "out\n", 4);
    write_to(2, "err\n", 4);
    wasi_fd_read(0, &iov, 1, &n);
    write_to(1, line, n);
    return 0;
}

EXPORT(reads_stdin_forever) u32 reads_stdin_forever(void) {
    struct {
        void *p;
        u32 n;
    } iov = {out_text, sizeof out_text};
    u32 n;
    while (!wasi_fd_read(0, &iov, 1, &n) && n) sink += n;
    say_number(sink);
    return done();
}

/* ---- blocks ---- */

/* Everything that lies before and behind a block, and far away. */
EXPORT(corrupts) u32 corrupts(void) {
    u64 a = block_text("first block"), b = block_text("second block");
    for (u64 at = 0; at < a; at++) ext_store_u8(at, 0xFF);
    for (u64 at = a + 11; at < b; at++) ext_store_u8(at, 0xFF);
    for (u64 i = 0; i < 64; i++) ext_store_u8(b + 12 + i, 0xFF);
    ext_store_u64(a - 4, 0x4141414141414141ull);
    ext_store_u64(1, ~0ull);
    ext_store_u8(~0ull, 1);
    ext_store_u8(1ull << 32, 1);
    say_number(ext_length(a));
    say(" ");
    say_number(ext_length(b));
    say(" ");
    say_block(b);
    say(" ");
    say_number(ext_load_u8(a - 1) + ext_load_u8(b - 1) + ext_load_u8(~0ull));
    return done();
}

EXPORT(bad_handles) u32 bad_handles(void) {
    static const u64 handles[] = {1, 64, 65, 76, 78, 500000, 0xFFFFFFFFull, 1ull << 40, ~0ull, 1ull << 63};
    u64 freed = block_text("freed"), kept = block_text("kept");
    ext_free(freed);
    ext_free(freed);
    for (u32 i = 0; i < sizeof handles / sizeof *handles; i++) {
        u64 h = handles[i];
        ext_free(h);
        ext_input_set(h, ~0ull);
        ext_output_set(h, ~0ull - h);
        ext_output_set(h, ~0ull);
        sink += (u32)ext_length(h) + (u32)ext_length_unsafe(h) + ext_load_u8(h) + ext_input_load_u8(h);
        ext_store_u8(h, 1);
    }
    say_number(sink);
    say(" ");
    say_number(ext_length(freed) + ext_length(kept + 1) + ext_alloc(0));
    say(" ");
    say_block(kept);
    return done();
}

EXPORT(load_beyond) u32 load_beyond(void) { return (u32)ext_load_u64(4000000000ull); }
EXPORT(store_beyond) u32 store_beyond(void) {
    ext_store_u64(2000000000ull, 5);
    return 0;
}
EXPORT(config_of_bad_handle) u32 config_of_bad_handle(void) { return (u32)ext_config_get(4000000000ull); }
EXPORT(error_of_bad_handle) u32 error_of_bad_handle(void) {
    ext_error_set(1ull << 40);
    say("passed");
    return done();
}

EXPORT(frees_its_output) u32 frees_its_output(void) {
    u64 at = block_text("still here");
    ext_output_set(at, 10);
    ext_free(at);
    say_number(ext_length(at));
    return 0;
}

EXPORT(frees_its_input) u32 frees_its_input(void) {
    u64 before = ext_input_length();
    ext_free(ext_input_offset());
    say_number(before);
    say(" ");
    say_number(ext_input_length());
    return done();
}

EXPORT(resets) u32 resets(void) {
    u64 at = block_text("gone");
    ext_reset();
    say_number(ext_input_length() + ext_length(at));
    return done();
}

/* ---- configuration, vars ---- */

EXPORT(asks_config) u32 asks_config(void) {
    say_block(ext_config_get(block_text("name")));
    say(" ");
    say_number(ext_config_get(block_text("empty")) + ext_config_get(block_text("absent")));
    return done();
}

EXPORT(keeps_vars) u32 keeps_vars(void) {
    say_number(ext_var_get(block_text("seen before")));
    ext_var_set(block_text("seen before"), block_text("yes"));
    ext_var_set(block_text("a"), block_text("1"));
    ext_var_set(block_text("a"), block_text("22"));
    say(" ");
    say_block(ext_var_get(block_text("a")));
    ext_var_set(block_text("a"), 0);
    say(" ");
    say_number(ext_var_get(block_text("a")));
    return done();
}

EXPORT(overfills_vars) u32 overfills_vars(void) {
    ext_var_set(block_text("big"), ext_alloc(1 << 20));
    return 0;
}

/* ---- the machine ---- */

EXPORT(random) u32 random_(void) {
    u8 bytes[16] = {0};
    say_number(wasi_random_get(bytes, sizeof bytes));
    for (u32 i = 0; i < sizeof bytes; i++) {
        say(" ");
        say_number(bytes[i]);
    }
    return done();
}

EXPORT(random_too_much) u32 random_too_much(void) {
    say_number(wasi_random_get((void *)0, 64u << 20));
    say(" ");
    say_number(wasi_random_get((void *)0xFFFFFF00u, 256));
    return done();
}

EXPORT(environment) u32 environment(void) {
    static u8 bytes[8192];
    static u8 *list[64];
    u32 count = 0, n = 0, args = 0, arg_bytes = 0;
    wasi_args_sizes_get(&args, &arg_bytes);
    wasi_environ_sizes_get(&count, &n);
    say_number(args);
    say(" ");
    say_number(count);
    if (count > 64 || n > sizeof bytes || wasi_environ_get(list, bytes)) return 1;
    for (u32 i = 0; i < count; i++) {
        say(" ");
        say((const char *)list[i]);
    }
    return done();
}

EXPORT(sockets) u32 sockets(void) {
    u32 fd = 0;
    for (u32 i = 0; i < 10; i++) {
        say_number(wasi_sock_accept(i, 0, &fd));
        say(" ");
    }
    say_number(wasi_sock_send(3, 0, 0, 0, &fd));
    return done();
}

EXPORT(bad_pointers) u32 bad_pointers(void) {
    say_number(wasi_fd_write(1, (void *)0xFFFFFFFCu, 1, (u32 *)0));
    say(" ");
    say_number(wasi_fd_write(1, (void *)64, 0x40000000u, (u32 *)64));
    say(" ");
    say_number(wasi_clock_time_get(1, 0, (u64 *)0xFFFFFFFCu));
    say(" ");
    say_number(wasi_poll_oneoff((void *)64, (void *)64, 0xFFFFFFFFu, (u32 *)64));
    return done();
}

/* ---- files ---- */

#define ALL 0x1FFFFFFFull

static u32 open_at(u32 fd, const char *path, u32 oflags, u32 *ret) {
    return wasi_path_open(fd, 1, path, text_length(path), oflags, ALL, ALL, 0, ret);
}

static void tell(u32 errno_) {
    say_number(errno_);
    say(" ");
}

/* What a plugin finds that looks for the disk: descriptors, then paths from each. */
EXPORT(looks_for_files) u32 looks_for_files(void) {
    static const char *const paths[] = {"/etc/passwd",        "etc/passwd", "../etc/passwd", "../../../../../../etc/passwd",
                                        "/proc/self/environ", ".",          "/tmp",          "x/../../.."};
    u8 stat[64];
    u32 fd, found = 0, opened = 0;
    for (u32 i = 0; i < 300; i++) found += wasi_fd_prestat_get(i, stat) == 0;
    for (u32 i = 0; i < 16; i++)
        for (u32 j = 0; j < sizeof paths / sizeof *paths; j++)
            if (open_at(i, paths[j], 0, &fd) == 0) {
                opened++;
                wasi_fd_close(fd);
            }
    say_number(found);
    say(" ");
    say_number(opened);
    return done();
}

EXPORT(links) u32 links(void) {
    u32 fd;
    tell(open_at(3, "real", 1, &fd));
    tell(wasi_path_symlink("/etc/passwd", 11, 3, "sym", 3));
    tell(wasi_path_symlink("../..", 5, 3, "up", 2));
    tell(wasi_path_link(3, 0, "real", 4, 3, "hard", 4));
    tell(open_at(3, "sym", 0, &fd));
    tell(open_at(3, "hard", 0, &fd));
    tell(wasi_path_rename(3, "real", 4, 3, "../real", 7));
    tell(wasi_path_rename(3, "../../etc/passwd", 16, 3, "mine", 4));
    tell(open_at(3, "..", 0, &fd));
    tell(open_at(3, "/proc/self/environ", 0, &fd));
    return done();
}

static void list(u32 fd) {
    static u8 entries[4096];
    u32 used = 0;
    if (wasi_fd_readdir(fd, entries, sizeof entries, 0, &used)) return say("no list");
    for (u32 at = 0; at + 24 <= used;) {
        u32 n = *(u32 *)(entries + at + 16);
        for (u32 i = 0; i < n; i++) out_text[out_n++] = (char)entries[at + 24 + i];
        say(entries[at + 20] == 3 ? "/ " : " ");
        at += 24 + n;
    }
}

/* An honest day's work in /tmp. */
EXPORT(works_in_tmp) u32 works_in_tmp(void) {
    u8 name[8] = {0};
    u32 fd, dir;
    u64 at = 0;
    struct {
        void *p;
        u32 n;
    } iov;
    char back[64];
    u32 n = 0;
    list(3);
    tell(wasi_fd_prestat_dir_name(3, name, 4));
    say((const char *)name);
    say(" ");
    tell(wasi_path_create_directory(3, "d", 1));
    tell(open_at(3, "d/f", 1, &fd));
    tell(write_to(fd, "hello world", 11));
    tell(wasi_fd_seek(fd, 6, 0, &at));
    iov.p = back;
    iov.n = sizeof back;
    tell(wasi_fd_read(fd, &iov, 1, &n));
    back[n] = 0;
    say(back);
    say(" ");
    tell(wasi_fd_filestat_set_size(fd, 5));
    tell(wasi_path_rename(3, "d/f", 3, 3, "g", 1));
    tell(wasi_path_remove_directory(3, "d", 1));
    tell(open_at(3, ".", 2, &dir));
    list(dir);
    tell(wasi_path_unlink_file(3, "g", 1));
    n = 0;
    tell(wasi_fd_pread(fd, &iov, 1, 0, &n));
    back[n] = 0;
    say(back);
    say(" ");
    tell(wasi_fd_renumber(fd, dir));
    tell(wasi_fd_close(fd));
    tell(wasi_fd_close(dir));
    list(3);
    return done();
}

EXPORT(fills_tmp) u32 fills_tmp(void) {
    u32 fd, e = 0;
    char name[12] = "file-000000";
    tell(open_at(3, "big", 1, &fd));
    for (u32 i = 0; i < 100000 && !e; i++) {
        u32 n = 0;
        struct {
            void *p;
            u32 n;
        } iov = {out_text, sizeof out_text};
        e = wasi_fd_write(fd, &iov, 1, &n);
    }
    tell(e);
    tell(wasi_fd_filestat_set_size(fd, 0));
    tell(wasi_fd_filestat_set_size(fd, 1ull << 60));
    wasi_fd_close(fd);
    u32 count = 0;
    for (e = 0; !e && count < 200000; count++) {
        for (u32 i = 0, v = count; i < 6; i++, v /= 10) name[10 - i] = (char)('0' + v % 10);
        e = open_at(3, name, 1, &fd);
        if (!e) wasi_fd_close(fd);
    }
    tell(e);
    say(count < 200000 ? "bounded" : "boundless");
    return done();
}

EXPORT(nests_tmp) u32 nests_tmp(void) {
    u32 at = 3, e = 0, depth = 0;
    while (!e && depth < 1000) {
        u32 next = 0;
        e = wasi_path_create_directory(at, "x", 1);
        if (!e) e = open_at(at, "x", 2, &next);
        if (at != 3) wasi_fd_close(at);
        at = next;
        depth++;
    }
    tell(e);
    say(depth < 1000 ? "bounded" : "boundless");
    return done();
}

EXPORT(opens_many) u32 opens_many(void) {
    u32 fd, e = 0, count = 0;
    while (!e && count < 100000) {
        e = open_at(3, "f", 1, &fd);
        count++;
    }
    tell(e);
    say(count < 100000 ? "bounded" : "boundless");
    return done();
}

/* ---- http, logs ---- */

EXPORT(asks_http) u32 asks_http(void) {
    u64 body = ext_http_request(block_text("{\"URL\":\"http://host.example/x\",\"method\":\"post\",\"headers\":{\"X-A\":\"b\"}}"),
                                block_text("sent"));
    say_number(ext_http_status_code());
    say(" ");
    say_block(body);
    say(" ");
    say_block(ext_http_headers());
    return done();
}

EXPORT(asks_http_badly) u32 asks_http_badly(void) { return (u32)ext_http_request(block_text("{\"url\":5}"), 0); }

EXPORT(logs) u32 logs(void) {
    say_number(ext_get_log_level());
    ext_log_info(block_text("to be known"));
    ext_log_error(block_text("went wrong"));
    return done();
}

EXPORT(state) u32 state(void) {
    static u32 calls;
    say_number(++calls);
    return done();
}
