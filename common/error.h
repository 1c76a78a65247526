/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one error value. By value and of fixed size, without heap: valid after ENOMEM, in a cloned
 * child and across a socket. It is written on failure only and is always the last parameter.
 */
#ifndef CTR_COMMON_ERROR_H
#define CTR_COMMON_ERROR_H

#include <stdint.h>

#include "common/cleanup.h"

/* What kind of failure; ctr_err_exit_status() turns it into the status that the manual lists. */
enum ctr_code {
	CTR_OK,
	CTR_E_SYS,      /* a system call failed                              -> 1 */
	CTR_E_USAGE,    /* the command line is wrong                         -> 2 */
	CTR_E_SPEC,     /* the specification is wrong                        -> 2 */
	CTR_E_STATE,    /* the container is in the wrong state, or is locked -> 3 */
	CTR_E_NOTFOUND, /* no such container, file or user                   -> 4 */
	CTR_E_EXISTS,   /* it is there already                               -> 3 */
	CTR_E_HOST,     /* this host lacks something, which is named         -> 5 */
	CTR_E_PEER,     /* another process broke the protocol or died        -> 1 */
	CTR_E_EXEC,     /* the payload cannot be executed            -> 126 / 127 */
	CTR_E_INTERNAL, /* a bug in ctr                                      -> 1 */
};

struct ctr_error {
	uint16_t code;      /* enum ctr_code */
	uint16_t sys_errno; /* errno, 0 when there was none */
	char msg[484];
};

/* Each returns -1, so that "return ctr_err_...;" is the whole error path. */

/* A system call failed: "<text>: <strerror(errno)>", code CTR_E_SYS (CTR_E_NOTFOUND is never inferred). */
int ctr_err_sys(struct ctr_error *err, const char *fmt, ...) CTR_PRINTF(2, 3);
/* Any other failure, with its code. */
int ctr_err_set(struct ctr_error *err, enum ctr_code code, const char *fmt, ...) CTR_PRINTF(3, 4);
/* Puts "<text>: " in front: where a layer adds its noun. */
int ctr_err_wrap(struct ctr_error *err, const char *fmt, ...) CTR_PRINTF(2, 3);
/* Adds "; <text>" behind: the remedy. */
int ctr_err_hint(struct ctr_error *err, const char *fmt, ...) CTR_PRINTF(2, 3);
/* Out of memory. */
int ctr_err_nomem(struct ctr_error *err);

/* The exit status of the command for this error (ctr(8), EXIT STATUS). */
int ctr_err_exit_status(const struct ctr_error *err);

#endif
