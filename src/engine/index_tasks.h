/* index_tasks.h: the tasks of the call INDEX that have files of their own. Internal to src/engine. */
#ifndef BK_ENGINE_INDEX_TASKS_H
#define BK_ENGINE_INDEX_TASKS_H

#include "chart/index.h"
#include "engine/calls.h"

/* An input that is an index in its flat form. */
bk_status bk_index_open_input(bk_call_state *call, uint32_t number, bk_index_form *ret);

/* `search`: rows that match in several indexes, the best first. */
bk_status bk_index_search(bk_call_state *call);
/* `entry`: what an index says of an archive. */
bk_status bk_index_entry(bk_call_state *call);
/* `write`: the text of an index of such entries, merged into another. */
bk_status bk_index_write(bk_call_state *call);
/* `archive`: whether an archive is the chart and version asked for. */
bk_status bk_index_archive(bk_call_state *call);
/* `files`: what a packed chart holds, and its name. */
bk_status bk_index_files(bk_call_state *call);

#endif
