/* pdk.h: what the C test plugins need of the Extism ABI and of WASI, freestanding: no libc, no other PDK. */
#ifndef BK_TESTS_PLUGINS_PDK_H
#define BK_TESTS_PLUGINS_PDK_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;

#define EXPORT(name) __attribute__((export_name(#name), used))
#define ENV(name) __attribute__((import_module("extism:host/env"), import_name(#name)))
#define USER(name) __attribute__((import_module("extism:host/user"), import_name(#name)))
#define WASI(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))

ENV(alloc) extern u64 ext_alloc(u64 n);
ENV(free) extern void ext_free(u64 at);
ENV(length) extern u64 ext_length(u64 at);
ENV(length_unsafe) extern u64 ext_length_unsafe(u64 at);
ENV(load_u8) extern u32 ext_load_u8(u64 at);
ENV(load_u64) extern u64 ext_load_u64(u64 at);
ENV(store_u8) extern void ext_store_u8(u64 at, u32 v);
ENV(store_u64) extern void ext_store_u64(u64 at, u64 v);
ENV(input_length) extern u64 ext_input_length(void);
ENV(input_offset) extern u64 ext_input_offset(void);
ENV(input_load_u8) extern u32 ext_input_load_u8(u64 at);
ENV(input_load_u64) extern u64 ext_input_load_u64(u64 at);
ENV(input_set) extern void ext_input_set(u64 at, u64 n);
ENV(output_set) extern void ext_output_set(u64 at, u64 n);
ENV(output_length) extern u64 ext_output_length(void);
ENV(output_offset) extern u64 ext_output_offset(void);
ENV(error_set) extern void ext_error_set(u64 at);
ENV(error_get) extern u64 ext_error_get(void);
ENV(reset) extern void ext_reset(void);
ENV(memory_bytes) extern u64 ext_memory_bytes(void);
ENV(config_get) extern u64 ext_config_get(u64 key);
ENV(var_get) extern u64 ext_var_get(u64 key);
ENV(var_set) extern void ext_var_set(u64 key, u64 value);
ENV(http_request) extern u64 ext_http_request(u64 request, u64 body);
ENV(http_status_code) extern u32 ext_http_status_code(void);
ENV(http_headers) extern u64 ext_http_headers(void);
ENV(get_log_level) extern u32 ext_get_log_level(void);
ENV(log_info) extern void ext_log_info(u64 at);
ENV(log_error) extern void ext_log_error(u64 at);

WASI(args_sizes_get) extern u32 wasi_args_sizes_get(u32 *count, u32 *bytes);
WASI(environ_sizes_get) extern u32 wasi_environ_sizes_get(u32 *count, u32 *bytes);
WASI(environ_get) extern u32 wasi_environ_get(u8 **list, u8 *bytes);
WASI(clock_time_get) extern u32 wasi_clock_time_get(u32 id, u64 precision, u64 *now);
WASI(fd_close) extern u32 wasi_fd_close(u32 fd);
WASI(fd_fdstat_get) extern u32 wasi_fd_fdstat_get(u32 fd, u8 *stat);
WASI(fd_filestat_get) extern u32 wasi_fd_filestat_get(u32 fd, u8 *stat);
WASI(fd_filestat_set_size) extern u32 wasi_fd_filestat_set_size(u32 fd, u64 size);
WASI(fd_prestat_get) extern u32 wasi_fd_prestat_get(u32 fd, u8 *stat);
WASI(fd_prestat_dir_name) extern u32 wasi_fd_prestat_dir_name(u32 fd, u8 *to, u32 n);
WASI(fd_read) extern u32 wasi_fd_read(u32 fd, const void *iovs, u32 count, u32 *n);
WASI(fd_write) extern u32 wasi_fd_write(u32 fd, const void *iovs, u32 count, u32 *n);
WASI(fd_pread) extern u32 wasi_fd_pread(u32 fd, const void *iovs, u32 count, u64 at, u32 *n);
WASI(fd_readdir) extern u32 wasi_fd_readdir(u32 fd, u8 *to, u32 n, u64 cookie, u32 *used);
WASI(fd_renumber) extern u32 wasi_fd_renumber(u32 from, u32 to);
WASI(fd_seek) extern u32 wasi_fd_seek(u32 fd, i64 by, u32 whence, u64 *at);
WASI(path_create_directory) extern u32 wasi_path_create_directory(u32 fd, const char *path, u32 n);
WASI(path_filestat_get) extern u32 wasi_path_filestat_get(u32 fd, u32 flags, const char *path, u32 n, u8 *stat);
WASI(path_link) extern u32 wasi_path_link(u32 fd, u32 flags, const char *from, u32 n, u32 to_fd, const char *to, u32 to_n);
WASI(path_open)
extern u32 wasi_path_open(u32 fd, u32 dirflags, const char *path, u32 n, u32 oflags, u64 rights, u64 inheriting, u32 flags, u32 *ret);
WASI(path_remove_directory) extern u32 wasi_path_remove_directory(u32 fd, const char *path, u32 n);
WASI(path_rename) extern u32 wasi_path_rename(u32 fd, const char *from, u32 n, u32 to_fd, const char *to, u32 to_n);
WASI(path_symlink) extern u32 wasi_path_symlink(const char *from, u32 n, u32 fd, const char *to, u32 to_n);
WASI(path_unlink_file) extern u32 wasi_path_unlink_file(u32 fd, const char *path, u32 n);
WASI(poll_oneoff) extern u32 wasi_poll_oneoff(const void *subs, void *events, u32 count, u32 *n);
WASI(proc_exit) extern void wasi_proc_exit(u32 code);
WASI(random_get) extern u32 wasi_random_get(void *to, u32 n);
WASI(sock_accept) extern u32 wasi_sock_accept(u32 fd, u32 flags, u32 *ret);
WASI(sock_send) extern u32 wasi_sock_send(u32 fd, const void *iovs, u32 count, u32 flags, u32 *n);

static inline u32 text_length(const char *s) {
    u32 n = 0;
    while (s[n]) n++;
    return n;
}

/* Writes to a stream; how much was taken, 0 when none. */
static inline u32 write_to(u32 fd, const void *p, u32 n) {
    const struct {
        const void *p;
        u32 n;
    } v = {p, n};
    u32 taken = 0;
    return wasi_fd_write(fd, &v, 1, &taken) ? 0 : taken;
}
static inline void print(const char *s) { write_to(1, s, text_length(s)); }

/* What poll_oneoff is asked to wait for: a clock. */
typedef struct subscription {
    u64 user;
    u8 tag, pad[7];
    u32 id, pad2;
    u64 timeout, precision;
    u16 flags, pad3[3];
} subscription;
_Static_assert(sizeof(subscription) == 48, "as WASI has it");
enum { EVENT_SIZE = 32 };

/* Waits, by the clock that only goes on; how many events came of it. */
static inline u32 wait_ns(u64 ns) {
    const subscription sub = {.timeout = ns, .id = 1};
    u8 event[EVENT_SIZE];
    u32 n = 0;
    return wasi_poll_oneoff(&sub, event, 1, &n) ? 0 : n;
}

/* A block with those bytes. */
static inline u64 block_of(const void *p, u64 n) {
    u64 at = ext_alloc(n);
    for (u64 i = 0; at && i < n; i++) ext_store_u8(at + i, ((const u8 *)p)[i]);
    return at;
}
static inline u64 block_text(const char *s) { return block_of(s, text_length(s)); }

/* Output under construction: text in the guest's own memory. */
static char out_text[1 << 16];
static u32 out_n;
static inline void say(const char *s) {
    for (; *s && out_n < sizeof out_text; s++) out_text[out_n++] = *s;
}
static inline void say_number(u64 v) {
    char digits[24];
    u32 n = 0;
    do digits[n++] = (char)('0' + v % 10);
    while (v /= 10);
    while (n && out_n < sizeof out_text) out_text[out_n++] = digits[--n];
}
static inline void say_block(u64 at) {
    u64 n = ext_length(at);
    for (u64 i = 0; i < n && out_n < sizeof out_text; i++) out_text[out_n++] = (char)ext_load_u8(at + i);
}
static inline u32 done(void) {
    if (out_n) ext_output_set(block_of(out_text, out_n), out_n);
    return 0;
}

#endif
