/* create.h: the action behind `create`: a new chart as a folder. */
#ifndef BK_ACTION_CREATE_H
#define BK_ACTION_CREATE_H

#include "base/arena.h"
#include "base/buf.h"

typedef struct bk_starter_file {
    const char *path; /* below the chart's folder; NULL ends the table */
    const char *text;
} bk_starter_file;

extern const bk_starter_file bk_starter_files[]; /* starter.c */

/* Writes the chart into the folder `path`, whose last part is its name; the folder above must exist. Files that are there are written over, with a
 * line in `out`, as Helm does; others stay. `starter` is the folder of a chart to copy in place of the built-in one (empty): its Chart.yaml is made anew,
 * and <CHARTNAME> becomes the name in values.yaml and in templates; links and what is no file are left out. Nothing is
 * written through a symbolic link below the folder above. `v3`: a chart of apiVersion v3. */
bk_status bk_action_create(bk_arena *arena, bk_str path, bk_str starter, bool v3, bk_buf *out, bk_err *err);

#endif
