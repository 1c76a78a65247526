/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What start and run share. */
#ifndef CTR_RUNTIME_START_H
#define CTR_RUNTIME_START_H

#include "runtime/run_int.h"

/* With dirfd and lock_fd set in run: opens the record and the log's directory, takes the id range. */
int ctr_start_prepare(struct ctr_run *run, struct ctr_host *host, const char *name,
		      struct ctr_spec *spec, struct ctr_error *err);
/* Forks the monitor and waits for READY. */
int ctr_start_monitor(struct ctr_run *run, struct ctr_error *err);

#endif
