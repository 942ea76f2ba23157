/* assemble.h: modules put together byte by byte, for what no compiler would write. */
#ifndef BK_TESTS_PLUGINS_ASSEMBLE_H
#define BK_TESTS_PLUGINS_ASSEMBLE_H

#include "base/buf.h"

enum {
    SECTION_TYPE = 1,
    SECTION_IMPORT,
    SECTION_FUNCTION,
    SECTION_TABLE,
    SECTION_MEMORY,
    SECTION_GLOBAL,
    SECTION_EXPORT,
    SECTION_START,
    SECTION_ELEMENT,
    SECTION_CODE
};

static inline void leb(bk_buf *b, uint64_t v) {
    do {
        unsigned char byte = v & 0x7F;
        v >>= 7;
        bk_buf_byte(b, (char)(byte | (v ? 0x80 : 0)));
    } while (v);
}

static inline void name(bk_buf *b, const char *text) {
    leb(b, strlen(text));
    bk_buf_c(b, text);
}

static inline void section(bk_buf *module, int id, bk_str body) {
    bk_buf_byte(module, (char)id);
    leb(module, body.n);
    bk_buf_str(module, body);
}

/* What a module is made of; zeroed parts are left out. There are two types: 0 is () -> (), 1 is `type1`. */
typedef struct parts {
    const char *import_module, *import_name;
    int import_type; /* of a function */
    bool import_memory;
    bk_str type1;      /* bytes behind 0x60; default () -> (i32) */
    const char *entry; /* exported as a function of `entry_type` */
    int entry_type;
    bk_str entry_code; /* instructions without the end; default none */
    bool start;        /* function of type 0 with start_code */
    bk_str start_code;
    unsigned memories, pages;
    bool no_memory_export;
    unsigned tables, elements;
    unsigned functions; /* more of them, with filler_code */
    bk_str filler_code;
} parts;

static inline void body_of(bk_buf *b, bk_str code) {
    leb(b, code.n + 2);
    bk_buf_byte(b, 0); /* no locals */
    bk_buf_str(b, code);
    bk_buf_byte(b, 0x0B);
}

/* The module in a heap buffer. */
static inline void assemble(bk_buf *m, const parts *p) {
    bk_buf s;
    bk_buf_init(m, NULL, 0);
    bk_buf_init(&s, NULL, 0);
    bk_buf_bytes(m, "\0asm\1\0\0\0", 8);
    bk_buf_bytes(&s, "\2\x60\0\0\x60", 5);
    bk_buf_str(&s, p->type1.n ? p->type1 : bk_str_of("\0\1\x7F", 3));
    section(m, SECTION_TYPE, bk_buf_view(&s));
    bk_buf_reset(&s);
    unsigned imported = p->import_name && !p->import_memory;
    if (p->import_name) {
        leb(&s, 1);
        name(&s, p->import_module);
        name(&s, p->import_name);
        bk_buf_byte(&s, p->import_memory ? 2 : 0);
        if (p->import_memory) bk_buf_byte(&s, 0);
        leb(&s, p->import_memory ? 1 : (unsigned)p->import_type);
        section(m, SECTION_IMPORT, bk_buf_view(&s));
        bk_buf_reset(&s);
    }
    leb(&s, (p->entry != NULL) + p->start + p->functions);
    if (p->entry) leb(&s, (unsigned)p->entry_type);
    if (p->start) leb(&s, 0);
    for (unsigned i = 0; i < p->functions; i++) leb(&s, 0);
    section(m, SECTION_FUNCTION, bk_buf_view(&s));
    bk_buf_reset(&s);
    if (p->tables) {
        leb(&s, p->tables);
        for (unsigned i = 0; i < p->tables; i++) {
            bk_buf_bytes(&s, "\x70\0", 2);
            leb(&s, p->elements);
        }
        section(m, SECTION_TABLE, bk_buf_view(&s));
        bk_buf_reset(&s);
    }
    if (p->memories) {
        leb(&s, p->memories);
        for (unsigned i = 0; i < p->memories; i++) {
            bk_buf_byte(&s, 0);
            leb(&s, p->pages);
        }
        section(m, SECTION_MEMORY, bk_buf_view(&s));
        bk_buf_reset(&s);
    }
    bool memory_export = p->memories && !p->no_memory_export;
    leb(&s, (p->entry != NULL) + memory_export);
    if (p->entry) {
        name(&s, p->entry);
        bk_buf_byte(&s, 0);
        leb(&s, imported);
    }
    if (memory_export) {
        name(&s, "memory");
        bk_buf_bytes(&s, "\2\0", 2);
    }
    section(m, SECTION_EXPORT, bk_buf_view(&s));
    bk_buf_reset(&s);
    if (p->start) {
        leb(&s, imported + (p->entry != NULL));
        section(m, SECTION_START, bk_buf_view(&s));
        bk_buf_reset(&s);
    }
    leb(&s, (p->entry != NULL) + p->start + p->functions);
    if (p->entry) body_of(&s, p->entry_code);
    if (p->start) body_of(&s, p->start_code);
    for (unsigned i = 0; i < p->functions; i++) body_of(&s, p->filler_code);
    section(m, SECTION_CODE, bk_buf_view(&s));
    bk_buf_release(&s);
}

#endif
