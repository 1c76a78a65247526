/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes by identity: a pid alone may be reused, a pid with its start time in this boot may not. */
#ifndef CTR_COMMON_PROC_H
#define CTR_COMMON_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"

struct ctr_proc_id {
	pid_t pid;      /* 0: none */
	uint64_t start; /* clock ticks since boot, field 22 of /proc/PID/stat */
};

/* The identity of a live process; CTR_E_NOTFOUND when there is none. */
int ctr_proc_identify(pid_t pid, struct ctr_proc_id *ret_id, struct ctr_error *err);
/* A pidfd of exactly this process, or -1 (CTR_E_NOTFOUND when it is gone or the pid is another's by now). */
int ctr_proc_open(const struct ctr_proc_id *id, struct ctr_error *err);
/* Whether the process still runs (a zombie does not). */
bool ctr_proc_alive(const struct ctr_proc_id *id);
/* Waits on a pidfd until the process has ended: true, or false after timeout_ms (-1: for ever). */
bool ctr_proc_wait(int pidfd, int timeout_ms);
/* The boot id of this kernel, 36 characters (proc(5), /proc/sys/kernel/random/boot_id). */
int ctr_proc_boot_id(char ret_id[static 37], struct ctr_error *err);

#endif
