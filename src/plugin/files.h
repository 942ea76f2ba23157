/* files.h: reading the files of a plugin's folder, with Go's words for what goes wrong. */
#ifndef BK_PLUGIN_FILES_H
#define BK_PLUGIN_FILES_H

#include "plugin/descriptor.h"

/* "open P: no such file or directory" */
bk_status bk_plugin_path_error(const char *op, bk_str path, int error, bk_err *err);
/* The size of what is open: a regular file of at most `max` bytes. */
bk_status bk_plugin_file_size(int fd, bk_str path, size_t max, size_t *ret, bk_err *err);

#endif
