/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The last mile to execve, shared by init and exec: the same user lookup, environment, working directory and sandbox,
 * so that an exec'd process is exactly what the payload is. Runs inside the container.
 */
#ifndef CTR_RUNTIME_BECOME_H
#define CTR_RUNTIME_BECOME_H

#include <stdbool.h>

#include "common/error.h"
#include "security/security.h"

struct ctr_become {
	char *const *command;
	char *const *environment;      /* the container's, "KEY=VALUE" */
	char *const *more_environment; /* added on top, may be NULL */
	const char *working_dir;
	const char *user; /* as in the spec; NULL: root */
	bool terminal;
	bool reaper; /* stay as a tiny pid 1 and run the command as a child */
	const struct ctr_sec_plan *sec;
	const int *payload; /* fds for 0, 1, 2 */
	int slave_fd;       /* terminal, or -1 */
	int sock;           /* EXECING goes here; closed on exec */
};

/* Returns only on failure. */
int ctr_become(const struct ctr_become *become, struct ctr_error *err);

/* init: reaper. Runs as pid 1 after the child was forked: forwards signals, reaps orphans, ends as the child ends. */
_Noreturn void ctr_reaper_main(pid_t child);

#endif
