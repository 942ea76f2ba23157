/* forms.h: indexes in their flat form, in the program's own cache: <index cache>/DIGEST.index, the form and a sum over it.
 *
 * Nothing here can fail: a form that is missing, cut short or damaged is none, and a cache that cannot be written costs time only. Writing does not wait for the disk. */
#ifndef BK_REGISTRY_FORMS_H
#define BK_REGISTRY_FORMS_H

#include "registry/content.h"
#include "registry/world.h"

/* The form of the index with that digest; .p NULL: none is kept. */
bk_str bk_form_find(bk_arena *arena, const bk_registry_world *world, const char digest[BK_CONTENT_HEX]);
void bk_form_keep(bk_arena *arena, const bk_registry_world *world, const char digest[BK_CONTENT_HEX], bk_str form);

#endif
