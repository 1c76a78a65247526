/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading a container's log (the CRI format, runtime/log.h) and following it. CLI process. */
#ifndef CTR_CLI_LOGS_H
#define CTR_CLI_LOGS_H

#include "runtime/runtime.h"

struct ctr_logs_options {
	bool follow, timestamps;
	uint64_t tail;      /* lines, UINT64_MAX: all */
	char since[40];     /* a time as the log writes it, or "" */
	const char *stream; /* "stdout", "stderr" or NULL: both */
};

/* Prints the log to standard output and standard error; with follow until the container has
 * stopped. */
int ctr_logs_print(struct ctr_host *host, const char *name, const struct ctr_logs_options *options,
		   struct ctr_error *err);

#endif
