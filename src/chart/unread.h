/* unread.h: files of an archive that will hardly be read: they have their room, and are inflated a second time when somebody asks for them after all.
 *
 * A chart's CRDs are often most of its bytes, and a render without --include-crds looks at them only if a template does so by .Files. Room in
 * the arena that nobody touches costs nothing, so the views of such files are good from the start; what they show comes with bk_unread_fill. */
#ifndef BK_CHART_UNREAD_H
#define BK_CHART_UNREAD_H

#include "chart/unpack.h"
#include "value/map.h"

typedef struct bk_unread_part {
    char *to;
    size_t n, at; /* bytes, and where they are in the stream */
} bk_unread_part;

typedef struct bk_unread {
    bk_map_fill fill;    /* first: maps with such files among their values hold it */
    bk_str gz;           /* the archive, which stays */
    bk_deflate *inflate; /* for the second time */
    bk_unread_part *p;   /* in the order of the stream */
    size_t n, cap;
    bool filled;
} bk_unread;

void bk_unread_init(bk_unread *unread, bk_str gz, bk_deflate *inflate);
/* Whether a file of a chart's archive, by its name in it, is likely to stay unread in a render. */
bool bk_unread_expected(bk_str name);
bool bk_unread_add(bk_unread *unread, bk_arena *arena, bk_unread_part part) BK_MUST;
/* Whether the bytes are those of a part. */
bool bk_unread_holds(const bk_unread *unread, const char *p);
/* Puts the data of all parts in place. It was inflated before, and so does not fail. */
void bk_unread_fill(bk_unread *unread);

#endif
