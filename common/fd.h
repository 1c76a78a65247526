/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole reads and writes, files at a directory fd, files replaced atomically, fds over sockets. */
#ifndef CTR_COMMON_FD_H
#define CTR_COMMON_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/error.h"

/* Opens with O_CLOEXEC added. */
int ctr_fd_open_at(int dirfd, const char *path, int flags, mode_t mode, struct ctr_error *err);
/* Makes a directory; one that is there already is no error. */
int ctr_fd_mkdir_at(int dirfd, const char *path, mode_t mode, struct ctr_error *err);
/* Makes a directory with its parents. */
int ctr_fd_mkdir_all(const char *path, mode_t mode, struct ctr_error *err);
/* Writes all of it, retrying short writes and EINTR. */
int ctr_fd_write_all(int fd, const void *data, size_t len, struct ctr_error *err);
/* Appends at most max bytes until end of file; more is an error (EFBIG). */
int ctr_fd_read_all(int fd, size_t max, struct ctr_buf *ret_buf, struct ctr_error *err);
/* Reads a whole small file (max bytes) relative to dirfd. */
int ctr_fd_read_at(int dirfd, const char *path, size_t max, struct ctr_buf *ret_buf,
		   struct ctr_error *err);
/* Writes text to an existing file (a cgroup or sysctl knob) in one write(2). */
int ctr_fd_write_at(int dirfd, const char *path, const char *text, struct ctr_error *err);
/* Replaces path by a temporary file and rename(2): a reader sees the old or the new, never half. */
int ctr_fd_replace_at(int dirfd, const char *path, const void *data, size_t len, mode_t mode,
		      struct ctr_error *err);
/* Removes a tree below dirfd without following links or crossing to another file system; absent is no error. */
int ctr_fd_remove_tree(int dirfd, const char *path, struct ctr_error *err);
/* Sets close-on-exec on every fd from 3 up (close_range(2)); on kernels without it walks /proc/self/fd. */
int ctr_fd_cloexec_from(int first, struct ctr_error *err);
/* Whether the fd is a regular file, directory, ...: S_IFREG etc. of fstat(2), or 0 on failure. */
mode_t ctr_fd_type(int fd);
/* Takes (exclusive, or shared) flock(2) on fd without waiting; CTR_E_STATE when somebody holds it. */
int ctr_fd_trylock(int fd, bool exclusive, struct ctr_error *err);

#endif
