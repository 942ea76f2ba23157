/* postrender.h: a chart's manifests through a post-renderer.
 *
 * Helm's way of the data (its strategy "combined", the only one of the command line): every rendered file, hooks included, NOTES.txt and partials
 * not, becomes part of one text, each object with the name of its file as an annotation; the post-renderer makes another text of it, which is taken
 * apart by those annotations, and then manifests and hooks are sorted as ever. Joining happens in the chart's compartment, taking apart in
 * another one: the post-renderer's answer is a foreign text like any other.
 *
 * bk_render does all of it when its options name a post-renderer. The two halves stand here for callers with other things to do in between. */
#ifndef BK_ACTION_POSTRENDER_H
#define BK_ACTION_POSTRENDER_H

#include "action/render.h"

/* The first half: renders, and *ret_text is what the post-renderer gets. *ret holds log lines, notes and CRDs (those bypass it). */
bk_status bk_postrender_join(bk_arena *arena, const bk_render_options *options, bk_rendered *ret, bk_str *ret_text, bk_err *err);
/* The second half, with the same options: adds manifests and hooks to what the first left in *ret. With show_only *ret holds the pieces shown
 * instead. Errors: "error while parsing post rendered output: …". */
bk_status bk_postrender_split(bk_arena *arena, const bk_render_options *options, bk_str text, bk_rendered *ret, bk_err *err);
/* Both, and the post-renderer in between: its errors come as "error while running post render on files: …". */
bk_status bk_postrender(bk_arena *arena, const bk_render_options *options, bk_rendered *ret, bk_err *err);

#endif
