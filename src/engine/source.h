/* source.h: the files of the chart that a call was given: a folder, or an archive.
 *
 * A folder is walked in the order of names; what .helmignore names is neither listed nor read. */
#ifndef BK_ENGINE_SOURCE_H
#define BK_ENGINE_SOURCE_H

#include "chart/file.h"
#include "chart/log.h"
#include "engine/call.h"

/* The files of input `number`. Errors name the chart as the operator did. */
bk_status bk_source_files(bk_call_state *call, uint32_t number, const bk_log *log, bk_files *ret);
/* The same for a render: some of the files may be without their data for now (chart/unread.h), unless `whole`. */
bk_status bk_source_files_some(bk_call_state *call, uint32_t number, bool whole, const bk_log *log, bk_files *ret);
/* The same for a loader that knows the chart's version beforehand (show, lint): a missing Chart.yaml is for that loader to tell, and errors of archives
 * stand alone. */
bk_status bk_source_files_v2(bk_call_state *call, uint32_t number, const bk_log *log, bk_files *ret);
/* Whether these files of a folder lack the Chart.yaml that is there, because an ignore rule names it: Helm then takes the loader that Chart.yaml asks for, and that
 * one misses it. */
bool bk_source_is_hidden(const bk_call_state *call, const bk_files *files);

#endif
