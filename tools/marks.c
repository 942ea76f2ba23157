#include "marks.h"

#include <string.h>

/* What of the file is looked at; <elf.h> is not everywhere. */
enum { SECTIONS_AT = 40, SECTION_COUNT_AT = 60, SECTION_NAMES_AT = 62, MACHINE_AT = 18, SECTION_SIZE = 64, SYMBOL_SIZE = 24 };
enum { MACHINE_ARM64 = 183, SYMBOL_FUNCTION = 2 };
/* Codes of traps that are no traps of the guest. */
enum { FIRST_ODD_CODE = 0xFE };

typedef struct view {
    const unsigned char *p;
    size_t n;
} view;

static uint64_t number(view v, size_t at, size_t size) {
    uint64_t value = 0;
    for (size_t i = 0; i < size && at < v.n && i < v.n - at; i++) value |= (uint64_t)v.p[at + i] << (8 * i);
    return value;
}

static view part(view v, uint64_t at, uint64_t n) {
    if (at > v.n || n > v.n - at) return (view){v.p, 0};
    return (view){v.p + at, (size_t)n};
}

static const char *name_at(view names, uint64_t at) {
    return at < names.n && memchr(names.p + at, 0, names.n - (size_t)at) ? (const char *)names.p + at : "";
}

/* The bytes of section `i`, or of the section of that name. */
static view section(view file, const char *name, uint64_t i) {
    const uint64_t table = number(file, SECTIONS_AT, 8), count = number(file, SECTION_COUNT_AT, 2);
    for (uint64_t k = name ? 0 : i; k < (name ? count : i + 1); k++) {
        view header = part(file, table + k * SECTION_SIZE, SECTION_SIZE);
        if (name && strcmp(name_at(section(file, NULL, number(file, SECTION_NAMES_AT, 2)), number(header, 0, 4)), name) != 0) continue;
        return part(file, number(header, 24, 8), number(header, 32, 8));
    }
    return (view){file.p, 0};
}

/* Where the bodies end, from the beginning of the code; 0: they are not together. */
static uint64_t bodies_end(view file) {
    view symbols = section(file, ".symtab", 0), names = section(file, ".strtab", 0);
    uint64_t end = 0, others = UINT64_MAX;
    for (size_t at = 0; at + SYMBOL_SIZE <= symbols.n; at += SYMBOL_SIZE) {
        if ((number(symbols, at + 4, 1) & 15) != SYMBOL_FUNCTION) continue;
        const char *name = name_at(names, number(symbols, at, 4));
        uint64_t begin = number(symbols, at + 8, 8), behind = begin + number(symbols, at + 16, 8);
        bool body = strncmp(name, "wasm[", 5) == 0 && strstr(name, "]::function[");
        if (body && behind > end) end = behind;
        if (!body && begin < others) others = begin;
    }
    return end <= others ? end : 0;
}

/* The instruction that does nothing but trap, as the compiler writes it. */
static bool always_traps(view text, uint64_t at, bool arm) {
    return arm ? number(part(text, at, 4), 0, 4) == 0xC11F : number(part(text, at, 2), 0, 2) == 0x0B0F;
}

/* One number of seven bits a byte. */
static uint64_t leb(view v, size_t *at) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        uint64_t byte = number(v, (*at)++, 1);
        value |= (byte & 0x7F) << shift;
        if (!(byte & 0x80)) break;
    }
    return value;
}

/* The list of traps is one of blocks: a table of (first place, where the block is), and in a block the code that most have, then for each trap the way from the
 * one before, doubled, odd when a code of its own follows. */
static bool find_trap(view file, uint64_t end, uint64_t *ret) {
    view traps = section(file, ".wasmtime.traps", 0), text = section(file, ".text", 0);
    const bool arm = number(file, MACHINE_AT, 2) == MACHINE_ARM64;
    const uint64_t count = number(traps, 0, 4), blocks = number(traps, 4, 4), in_block = blocks ? (count + blocks - 1) / blocks : 0;
    view bodies = part(traps, 8 + 8 * blocks, traps.n > 8 + 8 * blocks ? traps.n - 8 - 8 * blocks : 0);
    for (uint64_t b = 0; b < blocks && bodies.n; b++) {
        uint64_t place = number(traps, 8 + 8 * (size_t)b, 4);
        size_t at = (size_t)number(traps, 12 + 8 * (size_t)b, 4);
        const uint64_t usual = number(bodies, at++, 1);
        for (uint64_t i = 0; i < in_block && at < bodies.n; i++) {
            uint64_t token = leb(bodies, &at), code = token & 1 ? number(bodies, at++, 1) : usual;
            place += token >> 1;
            if (place >= end) return false;
            *ret = place;
            if (code < FIRST_ODD_CODE && always_traps(text, place, arm)) return true;
        }
    }
    return false;
}

bool bk_marks_find(const unsigned char *bytes, size_t n, bk_sandbox_marks *ret) {
    const view file = {bytes, n}, text = section(file, ".text", 0);
    const uint64_t begin = (uint64_t)(text.p - bytes), end = bodies_end(file);
    uint64_t trap = 0;
    if (!end || end > text.n || !find_trap(file, end, &trap)) return false;
    memcpy(ret->magic, BK_SANDBOX_MARKS, sizeof ret->magic);
    ret->bodies = begin;
    ret->bodies_end = begin + end;
    ret->trap = begin + trap;
    return true;
}
