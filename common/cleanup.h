/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ownership by scope. A variable marked _cleanup_x_ is released when it goes out of scope; the
 * destructors accept the null state, may run twice and keep errno. ctr_take_fd() and
 * CTR_TAKE_PTR() hand the value on and leave the null state behind.
 */
#ifndef CTR_COMMON_CLEANUP_H
#define CTR_COMMON_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CTR_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define CTR_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

static inline void ctr_cleanup_free(void *p)
{
	void **pp = p;

	free(*pp);
	*pp = NULL;
}

static inline void ctr_cleanup_close(int *fd)
{
	if (*fd >= 0) {
		int saved = errno;

		(void)close(*fd);
		errno = saved;
	}
	*fd = -1;
}

static inline void ctr_cleanup_fclose(FILE **f)
{
	if (*f) {
		int saved = errno;

		(void)fclose(*f);
		errno = saved;
	}
	*f = NULL;
}

static inline void ctr_cleanup_closedir(DIR **d)
{
	if (*d) {
		int saved = errno;

		(void)closedir(*d);
		errno = saved;
	}
	*d = NULL;
}

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _cleanup_free_ _cleanup_(ctr_cleanup_free)
#define _cleanup_close_ _cleanup_(ctr_cleanup_close)
#define _cleanup_fclose_ _cleanup_(ctr_cleanup_fclose)
#define _cleanup_closedir_ _cleanup_(ctr_cleanup_closedir)

static inline int ctr_take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define CTR_TAKE_PTR(p)                     \
	({                                  \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	})

#endif
