/* Archives: names, headers and damage. What is expected is what Helm 4.3.1's archive.LoadArchiveFiles says of the same bytes. */
#include <libdeflate.h>
#include <stdlib.h>

#include "base/buf.h"
#include "chart/archive.h"
#include "chart/unread.h"
#include "test.h"

enum { BLOCK = 512 };

/* ---- making archives ---- */

static void put_field(char *block, size_t at, const char *text) { memcpy(block + at, text, strlen(text)); }

static void checksum(char *block) {
    unsigned sum = 0;
    char text[8];
    memset(block + 148, ' ', 8);
    for (size_t i = 0; i < BLOCK; i++) sum += (unsigned char)block[i];
    snprintf(text, sizeof text, "%06o", sum);
    memcpy(block + 148, text, 7);
}

static void put_entry(bk_buf *out, const char *name, char type, unsigned mode, bk_str data) {
    char block[BLOCK] = {0}, number[16];
    put_field(block, 0, name);
    snprintf(number, sizeof number, "%07o", mode);
    put_field(block, 100, number);
    put_field(block, 108, "0000000");
    put_field(block, 116, "0000000");
    snprintf(number, sizeof number, "%011zo", data.n);
    put_field(block, 124, number);
    put_field(block, 136, "00000000000");
    block[156] = type;
    memcpy(block + 257, "ustar\00000", 8);
    checksum(block);
    bk_buf_bytes(out, block, BLOCK);
    bk_buf_str(out, data);
    bk_buf_fill(out, 0, (size_t)(-(ptrdiff_t)data.n & (BLOCK - 1)));
}

static void put_end(bk_buf *out) { bk_buf_fill(out, 0, (size_t)2 * BLOCK); }

static void gzip(bk_buf *out, bk_str data, int level) {
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(level);
    size_t max = libdeflate_gzip_compress_bound(c, data.n);
    char *to = bk_buf_reserve(out, max);
    out->n += libdeflate_gzip_compress(c, data.p, data.n, to, max);
    libdeflate_free_compressor(c);
}

static const bk_str CHART = {"apiVersion: v2\nname: c\nversion: 0.1.0\n", 38};

/* ---- reading them ---- */

/* The names and sizes, or the error: "a:3 b:0" or "!text". */
static void check_read(int line, bk_str bytes, const char *want) {
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_files files = {0};
    bk_buf got;
    bk_arena_init(&arena, 0);
    arena.debug = true;
    bk_buf_init(&got, NULL, 0);
    if (bk_archive_read(&arena, bytes, &files, &err) != BK_OK) {
        bk_buf_byte(&got, '!');
        bk_buf_str(&got, bk_err_message(&err));
    }
    for (size_t i = 0; i < files.n; i++) bk_buf_printf(&got, "%s%.*s:%zu", i ? " " : "", BK_FMT(files.p[i].name), files.p[i].data.n);
    if (want) test_check_str(__FILE__, line, bk_buf_view(&got), bk_str_c(want));
    bk_buf_release(&got);
    bk_err_release(&err);
    bk_arena_release(&arena);
}

#define CHECK_READ(bytes, want) check_read(__LINE__, (bytes), (want))

static void check_tar(int line, bk_buf *tar, const char *want) {
    bk_buf gz;
    bk_buf_init(&gz, NULL, 0);
    gzip(&gz, bk_buf_view(tar), 6);
    check_read(line, bk_buf_view(&gz), want);
    bk_buf_release(&gz);
}

static void check_entry(int line, const char *name, char type, unsigned mode, bk_str data, const char *want) {
    bk_buf tar;
    bk_buf_init(&tar, NULL, 0);
    put_entry(&tar, name, type, mode, data);
    put_entry(&tar, "c/Chart.yaml", '0', 0644, CHART);
    put_end(&tar);
    check_tar(line, &tar, want);
    bk_buf_release(&tar);
}

TEST(names) {
    static const struct {
        const char *name, *want;
    } cases[] = {
        {"c/x", "x:4 Chart.yaml:38"},
        {"c//x", "!chart illegally contains absolute paths"},
        {"/c/x", "!/c/x: chart illegally contains absolute paths"},
        {"c/./x/../y", "!c/./x/../y: chart illegally references parent directory"},
        {"c/../x", "!chart illegally references parent directory"},
        {"c/..foo", "!chart illegally references parent directory"},
        {"c", "!chart illegally contains content outside the base directory: \"c\""},
        {"c/", "!chart illegally contains content outside the base directory: \"c/\""},
        {"\tc", "!chart illegally contains content outside the base directory: \"\\tc\""},
        {"Chart.yaml/x", "!chart yaml not in base directory"},
        {"c/C:/x", "!chart contains illegally named files"},
        {"c/C:", "C::4 Chart.yaml:38"},
        {"c\\x\\y", "x/y:4 Chart.yaml:38"},
        {"c\\..\\x", "!chart illegally references parent directory"},
        {"c\\C:\\x", "!chart contains illegally named files"},
        {"a/b\\c", "c:4 Chart.yaml:38"},
        {"", "!chart illegally contains content outside the base directory: \"\""},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) check_entry(__LINE__, cases[i].name, '0', 0644, BK_S("data"), cases[i].want);
}

TEST(types) {
    static const struct {
        char type;
        unsigned mode;
        const char *data, *want;
    } cases[] = {
        {'5', 0755, "", "Chart.yaml:38"},       /* a directory */
        {'0', 040755, "data", "Chart.yaml:38"}, /* by its mode */
        {'1', 0644, "", "!c/x: links are not allowed in a chart archive"},
        {'2', 0777, "", "!c/x: links are not allowed in a chart archive"},
        {'3', 0644, "", "!c/x: only plain files are allowed in a chart archive"},
        {'7', 0644, "data", "x:4 Chart.yaml:38"},
        {'g', 0644, "11 path=c/\n", "Chart.yaml:38"}, /* a global header */
        {'x', 0644, "14 path=c/pax\n", "pax:38"},     /* names the next entry */
        {'x', 0644, "14 path=c/pax", "!archive/tar: invalid tar header"},
        {'x', 0644, "9 size=x\n", "!archive/tar: invalid tar header"},
        {'x', 0644, "19 GNU.sparse.map=\n", "!archive/tar: sparse files are not supported"},
        {'L', 0644, "c/long", "long:38"},
        {'K', 0644, "c/long", "Chart.yaml:38"},
        {'S', 0644, "", "!archive/tar: sparse files are not supported"},
        {0, 0644, "data", "x:4 Chart.yaml:38"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++)
        check_entry(__LINE__, "c/x", cases[i].type, cases[i].mode, bk_str_c(cases[i].data), cases[i].want);
}

TEST(sizes) {
    bk_buf tar;
    bk_buf_init(&tar, NULL, 0);
    put_entry(&tar, "c/x", '0', 0644, BK_S("data"));
    memcpy(tar.p + 124, "77777777777", 11); /* 8 GiB, says the header */
    checksum(tar.p);
    check_tar(__LINE__, &tar, "!decompressed chart is larger than the maximum size 104857600");
    memcpy(tar.p + 124, "\x80\0\0\0\0\0\0\0\0\0\0\4", 12); /* base 256 */
    checksum(tar.p);
    check_tar(__LINE__, &tar, "x:4");
    memset(tar.p + 124, 0xff, 12); /* -1 */
    checksum(tar.p);
    check_tar(__LINE__, &tar, "!archive/tar: invalid tar header");
    tar.p[0] ^= 1;
    check_tar(__LINE__, &tar, "!archive/tar: invalid tar header");
    bk_buf_release(&tar);
}

/* More comes out than may: the whole is never made. */
TEST(bomb) {
    enum { MIB = 1 << 20 };
    bk_buf zeros, gz;
    bk_buf_init(&zeros, NULL, 0);
    bk_buf_init(&gz, NULL, 0);
    bk_buf_fill(&zeros, 0, MIB);
    for (size_t i = 0; i < 140; i++) gzip(&gz, bk_buf_view(&zeros), 1);
    CHECK(gz.n < 2 * MIB);
    CHECK_READ(bk_buf_view(&gz), "!decompressed chart is larger than the maximum size 104857600");
    bk_buf_release(&zeros);
    bk_buf_release(&gz);
}

static void two_files(bk_buf *gz, int level, bool end) {
    bk_buf tar;
    bk_buf_init(&tar, NULL, 0);
    put_entry(&tar, "c/Chart.yaml", '0', 0644, CHART);
    put_entry(&tar, "c/values.yaml", '0', 0644, BK_S("a: 1\na: 1\na: 1\na: 1\na: 1\n"));
    if (end) put_end(&tar);
    bk_buf_init(gz, NULL, 0);
    gzip(gz, bk_buf_view(&tar), level);
    bk_buf_release(&tar);
}

static const char GOOD[] = "Chart.yaml:38 values.yaml:25";

/* Without the tar's end mark a reader comes to the end of the stream, and meets what is wrong there. */
TEST(gzip_texts) {
    bk_buf gz;
    two_files(&gz, 6, false);
    bk_str whole = bk_buf_view(&gz);
    CHECK_READ(whole, GOOD);
    CHECK_READ(BK_S(""), "!EOF");
    CHECK_READ(bk_str_sub(whole, 0, 5), "!unexpected EOF");
    CHECK_READ(bk_str_sub(whole, 0, whole.n - 1), "!unexpected EOF");
    CHECK_READ(BK_S("PK\3\4 and so on"), "!gzip: invalid header");
    bk_buf_c(&gz, "rubbish behind");
    CHECK_READ(bk_buf_view(&gz), "!gzip: invalid header");
    gz.n -= strlen("rubbish behind");
    gz.p[gz.n - 1] ^= 1;
    CHECK_READ(bk_buf_view(&gz), "!gzip: invalid checksum");
    gz.p[gz.n - 1] ^= 1;
    gz.p[10] = 7; /* a block of the reserved type */
    CHECK_READ(bk_buf_view(&gz), "!flate: corrupt input before offset 1");
    bk_buf_release(&gz);
}

/* Behind it the gzip file must still be whole; what follows that does no harm. */
TEST(end_mark) {
    bk_buf gz;
    two_files(&gz, 6, true);
    CHECK_READ(bk_str_sub(bk_buf_view(&gz), 0, gz.n - 1), "!unexpected EOF");
    gz.p[gz.n - 1] ^= 1;
    CHECK_READ(bk_buf_view(&gz), "!gzip: invalid checksum");
    gz.p[gz.n - 1] ^= 1;
    bk_buf_c(&gz, "rubbish behind");
    CHECK_READ(bk_buf_view(&gz), GOOD);
    bk_buf_release(&gz);
}

/* A file of several members is the files one after the other. */
TEST(members) {
    bk_buf tar, gz;
    bk_buf_init(&tar, NULL, 0);
    bk_buf_init(&gz, NULL, 0);
    put_entry(&tar, "c/Chart.yaml", '0', 0644, CHART);
    put_end(&tar);
    for (size_t i = 0; i < tar.n; i += 300) gzip(&gz, bk_str_sub(bk_buf_view(&tar), i, i + 300), 6);
    CHECK_READ(bk_buf_view(&gz), "Chart.yaml:38");
    bk_buf_release(&tar);
    bk_buf_release(&gz);
}

/* Whatever is cut off or turned over: an answer, and nothing read that is not there. */
TEST(damage) {
    for (int level = 0; level <= 6; level += 6) {
        bk_buf gz;
        two_files(&gz, level, true);
        for (size_t i = 0; i <= gz.n; i++) {
            char *copy = malloc(i ? i : 1); /* so that the sanitizer sees its end */
            if (i) memcpy(copy, gz.p, i);
            check_read(__LINE__, bk_str_of(copy, i), NULL);
            free(copy);
        }
        for (size_t i = 0; i < gz.n; i++) {
            gz.p[i] ^= (char)(1 << (i % 8));
            check_read(__LINE__, bk_buf_view(&gz), NULL);
            gz.p[i] ^= (char)(1 << (i % 8));
        }
        bk_buf_release(&gz);
    }
}

TEST(file_types) {
    static const struct {
        const char *name, *bytes, *want;
    } cases[] = {
        {"x.yaml", "a: 1", "file 'x.yaml' seems to be a YAML file, but expected a gzipped archive"},
        {"x", "a: 1", "file 'x' does not appear to be a gzipped archive; got 'application/octet-stream'"}, /* too short for a text */
        {"x", "PK\3\4", "file 'x' does not appear to be a gzipped archive; got 'application/zip'"},
        {"x", " <!doctype html> ", "file 'x' does not appear to be a gzipped archive; got 'text/html; charset=utf-8'"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_err err = BK_ERR_INIT;
        CHECK(bk_archive_check_type(bk_str_c(cases[i].name), bk_str_c(cases[i].bytes), &err) == BK_ERR);
        CHECK_STR(bk_err_message(&err), cases[i].want);
        bk_err_release(&err);
    }
}

TEST(leaves_crds_unread) {
    static char crd[20000];
    bk_arena arena;
    bk_buf tar, gz;
    bk_files files = {0};
    bk_err err = BK_ERR_INIT;
    for (size_t i = 0; i < sizeof crd; i++) crd[i] = (char)('a' + i * i % 23);
    bk_str data = bk_str_of(crd, sizeof crd);
    bk_arena_init(&arena, 0);
    bk_buf_init(&tar, &arena, 0);
    bk_buf_init(&gz, &arena, 0);
    put_entry(&tar, "c/Chart.yaml", '0', 0644, CHART);
    put_entry(&tar, "c/crds/a.yaml", '0', 0644, data);
    put_entry(&tar, "c/crds/small.yaml", '0', 0644, BK_S("kind: X"));
    put_entry(&tar, "c/charts/d/crds/b.yaml", '0', 0644, data);
    put_entry(&tar, "c/templates/crds/c.yaml", '0', 0644, data);
    put_end(&tar);
    gzip(&gz, bk_buf_view(&tar), 6);
    CHECK_OK(bk_archive_read_some(&arena, bk_buf_view(&gz), &files, &err), &err);
    CHECK(files.n == 5 && !files.p[0].unread && files.p[1].unread && !files.p[2].unread && files.p[3].unread && !files.p[4].unread);
    CHECK_VIEW(files.p[4].data, data);
    CHECK(files.p[1].data.n == sizeof crd && files.p[3].data.n == sizeof crd);
    CHECK(bk_unread_holds(files.p[3].unread, files.p[3].data.p) && !bk_unread_holds(files.p[3].unread, files.p[4].data.p));
    /* A map of files puts the data in place when it is walked. */
    bk_map *map = bk_map_new(&arena, 4);
    CHECK(map && bk_map_set(map, files.p[1].name, bk_bytes(files.p[1].data)));
    map->fill = &files.p[1].unread->fill;
    CHECK(bk_map_len(map) == 1 && !map->fill);
    CHECK_VIEW(files.p[1].data, data);
    CHECK_VIEW(files.p[3].data, data);
    bk_err_release(&err);
    bk_arena_release(&arena);
}

TEST_MAIN()
