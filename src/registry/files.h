/* files.h: files that are there whole or not at all, and paths as Go's package filepath makes them. */
#ifndef BK_REGISTRY_FILES_H
#define BK_REGISTRY_FILES_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

/* A variable of an environment that was handed down; empty when it is not there. */
bk_str bk_environment_get(char *const *environment, const char *name);

/* "open x: no such file or directory", as Go's os.PathError words it. */
bk_status bk_path_error(const char *op, bk_str path, int error, bk_err *err);

/* filepath.Clean, Join of two and Abs. The results end with a NUL that does not count. */
bk_status bk_path_cleaned(bk_arena *arena, bk_str path, bk_str *ret, bk_err *err);
bk_status bk_path_joined(bk_arena *arena, bk_str dir, bk_str name, bk_str *ret, bk_err *err);
bk_status bk_path_absolute(bk_arena *arena, bk_str path, bk_str *ret, bk_err *err);

/* A single part of a path that names a file: not empty, not "." or "..", without a slash or NUL. */
bool bk_path_is_name(bk_str name);

/* os.MkdirAll(path, 0755): "mkdir x: permission denied". */
bk_status bk_dirs_make(bk_arena *arena, bk_str path, bk_err *err);
/* An open descriptor of a folder that the operator named. */
bk_status bk_dir_open(bk_arena *arena, bk_str path, int *ret, bk_err *err);
/* The same for the folder that the file at `path` goes to; messages name the file, with a number behind it, as Helm names what it writes first. */
bk_status bk_dir_open_for(bk_arena *arena, bk_str path, int *ret, bk_err *err);

/* Writes all of it; false and errno. */
bool bk_fd_write(int fd, bk_str bytes);
/* Room on the disk for a file that is about to be written; its size stays what it is. False and errno: there is none. A file system that cannot is no failure. */
bool bk_fd_reserve(int fd, uint64_t bytes);
/* What is left to read of a regular file, in the arena; one beyond the cap is refused. */
bk_status bk_fd_read(bk_arena *arena, int fd, bk_str shown, size_t cap, bk_str *ret, bk_err *err);
/* The same of a file by its path (no link), at most `most` bytes of its beginning. */
bk_status bk_file_head(bk_arena *arena, bk_str path, size_t most, bk_str *ret, bk_err *err);
/* Puts a file `name` into the open folder, in place of the one that may be there: written under another name, synced, renamed. A full disk or a kill leaves
 * the old one; a symbolic link of that name is replaced, not followed. `shown` is its path in messages. */
bk_status bk_file_replace(int dir, const char *name, bk_str shown, bk_str bytes, mode_t mode, bk_err *err);
/* The same without waiting for the disk, for what can be made again: after a crash of the machine the file may be there without its bytes. */
bk_status bk_file_put(int dir, const char *name, bk_str shown, bk_str bytes, mode_t mode, bk_err *err);
/* The same in two parts. */
bk_status bk_file_put_two(int dir, const char *name, bk_str shown, bk_str first, bk_str second, mode_t mode, bk_err *err);
/* The same with the bytes of another file, which is not synced: what is in a cache can be copied again. */
bk_status bk_file_copy(bk_arena *arena, bk_str from, int dir, const char *name, bk_str shown, bk_err *err);

#endif
