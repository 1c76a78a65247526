/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything that one run of a container holds while it is made and while it lives: the only long-lived owner of fds.
 * It lives in the monitor; init inherits it by clone and uses the plans in it.
 */
#ifndef CTR_RUNTIME_RUN_INT_H
#define CTR_RUNTIME_RUN_INT_H

#include "runtime/runtime.h"
#include "runtime/state.h"
#include "runtime/stdio.h"

struct ctr_run {
	struct ctr_host *host; /* borrowed */
	const char *name;      /* borrowed */
	struct ctr_spec *spec; /* owned by the monitor's caller until ctr_run_forget_spec() */
	bool remove;           /* --rm */
	int dirfd;             /* /run/ctr/NAME */
	int lock_fd;           /* held until the payload runs */
	int state_fd;
	struct ctr_state state;

	/* Decided before anything is made. */
	struct ctr_cg_plan cg_plan;
	struct ctr_mount_plan mounts;
	struct ctr_sec_plan sec;
	struct ctr_net_lease lease;

	/* Made by the steps. */
	struct ctr_cg cg;
	int init_pidfd;
	int init_sock;  /* our end */
	int child_sock; /* init's end, open here only around the clone */
	struct ctr_stdio io;
	int oom_fd;
	uint64_t memory_max; /* for the exit reason, after the spec is gone */
};

/* Fills the null state. */
void ctr_run_init(struct ctr_run *run);
/* Closes and frees all of it, not the spec. */
void ctr_run_done(struct ctr_run *run);

/* The step table, runtime/steps.c. */
int ctr_steps_apply(struct ctr_run *run, struct ctr_error *err);
/* From the record alone; what is absent is no error; goes on after a failure and reports the first. */
int ctr_steps_undo(struct ctr_host *host, const char *name, int dirfd,
		   const struct ctr_state *state, struct ctr_error *err);

/* Step "init": clones it, maps its ids, gives it the mount trees (runtime/spawn.c). */
int ctr_spawn_init(struct ctr_run *run, struct ctr_error *err);
/* In the clone: from GO to execve; never returns (runtime/init.c). */
_Noreturn void ctr_init_main(struct ctr_run *run);

/*
 * The monitor (runtime/monitor.c): applies the steps, tells report_sock (READY or ERROR, then closed; -1: nobody asked),
 * waits, logs, records the end, undoes, restarts by policy. ret_status is the payload's exit status.
 */
int ctr_monitor_main(struct ctr_run *run, int report_sock, int *ret_status, struct ctr_error *err);

/* Takes away what a dead monitor left; needs the lock. A live monitor is waited for first, at most 10 s. */
int ctr_leftovers_clear(struct ctr_host *host, const char *name, int dirfd, struct ctr_error *err);
/* Removes the definition (spec, log), its ids and its run directory; needs the lock. */
int ctr_definition_remove(struct ctr_host *host, const char *name, struct ctr_error *err);

#endif
