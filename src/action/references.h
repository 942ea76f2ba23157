/* references.h: rendered manifests against the policy: images and kinds of hooks, and what they refer to without bringing it along. */
#ifndef BK_ACTION_REFERENCES_H
#define BK_ACTION_REFERENCES_H

#include "action/render.h"

/* Reads the manifests in a compartment of their own, after every post-renderer, and asks the guard about each finding: BK_ERR_DENIED with the loud text. Hooks and
 * tests that the options leave out are not looked at. Does nothing where neither the ledger nor the policy wants to know. Comes before anything is printed, written
 * or sent. */
bk_status bk_references_check(bk_arena *arena, const bk_render_options *options, const bk_rendered *rendered, bk_err *err);

#endif
