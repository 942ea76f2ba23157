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

typedef struct bk_create {
    bk_str path;    /* its last part is the chart's name */
    bk_str starter; /* a chart to copy in place of the built-in one: a folder or an archive; empty: none */
    bool v3;        /* a chart of apiVersion v3 */
} bk_create;

/* Writes the chart into the folder; the folder above must exist, unless there is a starter. Files that are there are written over, with a line in `out`,
 * as Helm does; others stay. Of a starter, Chart.yaml is made anew, and <CHARTNAME> becomes the name in values.yaml and in templates; links and what is no
 * file are left out. Nothing is written through a symbolic link below the folder above. */
bk_status bk_action_create(bk_arena *arena, const bk_create *what, bk_buf *out, bk_err *err);

#endif
