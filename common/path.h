/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Paths inside a root that somebody else may own. No such path is ever resolved by string: every lookup
 * is openat2(2) with RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS relative to the root's fd, so that a link, a
 * ".." or a racing rename can name nothing outside. There is no weaker fallback: without openat2 the
 * functions fail with CTR_E_HOST.
 */
#ifndef CTR_COMMON_PATH_H
#define CTR_COMMON_PATH_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/error.h"

/* Opens path (absolute or relative, taken from the root) with flags such as O_PATH or O_RDONLY. */
int ctr_path_open_in(int rootfd, const char *path, int flags, struct ctr_error *err);
/* The same, but any symbolic link on the way is an error: for /dev, /proc, /sys and masks. */
int ctr_path_open_in_nolink(int rootfd, const char *path, int flags, struct ctr_error *err);
/* Makes the directory and its missing parents inside the root; returns an O_PATH fd of it. */
int ctr_path_mkdir_in(int rootfd, const char *path, mode_t mode, struct ctr_error *err);
/* The same without following any link. */
int ctr_path_mkdir_in_nolink(int rootfd, const char *path, mode_t mode, struct ctr_error *err);
/* Makes an empty regular file with its parents, when nothing is there; returns an O_PATH fd of it. */
int ctr_path_create_in(int rootfd, const char *path, mode_t mode, struct ctr_error *err);
/* Reads a regular file of at most max bytes: opened non-blocking, and refused when it is anything else. */
int ctr_path_read_in(int rootfd, const char *path, size_t max, struct ctr_buf *ret_buf,
		     struct ctr_error *err);
/* Whether path is absolute, without "." or ".." components and without control characters. */
bool ctr_path_is_clean(const char *path);

#endif
