/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container's log: "TIME STREAM F|P TEXT" lines (the CRI format), turned over by size. */
#ifndef CTR_RUNTIME_LOG_H
#define CTR_RUNTIME_LOG_H

#include "runtime/stdio.h"

/* Opens <definition>/log for appending when io->log_dirfd is set. */
int ctr_log_open(struct ctr_stdio *io, struct ctr_error *err);
/* Splits data into lines and writes the finished ones; a line over 1,000 bytes is written in parts. */
void ctr_log_append(struct ctr_stdio *io, struct ctr_stream *stream, const char *data, size_t len);
/* Writes an unfinished line as a part. */
void ctr_log_flush(struct ctr_stdio *io, struct ctr_stream *stream);

#endif
