/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A growable string. Appending never fails loudly: after an allocation failure `failed` stays set and
 * further appends do nothing, so a builder checks once, at its end.
 */
#ifndef CTR_COMMON_BUF_H
#define CTR_COMMON_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "common/cleanup.h"
#include "common/error.h"

struct ctr_buf {
	char *data; /* NUL-terminated once anything was appended; NULL before */
	size_t len; /* without the NUL */
	size_t cap;
	bool failed;
};

void ctr_buf_add(struct ctr_buf *buf, const void *data, size_t len);
void ctr_buf_puts(struct ctr_buf *buf, const char *text);
void ctr_buf_printf(struct ctr_buf *buf, const char *fmt, ...) CTR_PRINTF(2, 3);
/* The text, never NULL; owned by the buffer. */
const char *ctr_buf_str(const struct ctr_buf *buf);
/* 0, or -1 with ENOMEM in err when an append failed. */
int ctr_buf_check(const struct ctr_buf *buf, struct ctr_error *err);
/* Hands the text to the caller (free()); NULL when an append failed. The buffer is empty afterwards. */
char *ctr_buf_steal(struct ctr_buf *buf);
void ctr_buf_done(struct ctr_buf *buf);

#define _cleanup_buf_ _cleanup_(ctr_buf_done)

#endif
