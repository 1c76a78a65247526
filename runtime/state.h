/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is on disk about a run: identities and what must be undone. Never a status: that is observed from the lock, the
 * processes and the cgroup, so a power cut or a killed monitor cannot leave a lie.
 */
#ifndef CTR_RUNTIME_STATE_H
#define CTR_RUNTIME_STATE_H

#include <time.h>

#include "common/proc.h"
#include "runtime/runtime.h"

struct ctr_state {
	char boot[37];  /* boot id of the run; another boot's record is void */
	uint32_t steps; /* bit i: row i of the step table may have taken effect */
	struct ctr_proc_id init, monitor;
	struct timespec started_at; /* CLOCK_REALTIME; 0 until execve is known to have worked */
	struct ctr_sec_idrange ids;
	uint32_t restarts; /* how often the policy started it again */
};

/*
 * The container's lock: flock(2) on the directory <run>/NAME, taken without waiting (CTR_E_STATE); makes it. The returned
 * fd holds it until closed; a monitor that inherits the fd holds it too.
 */
int ctr_lock_take(struct ctr_host *host, const char *name, int *ret_dirfd, struct ctr_error *err);

/* Opens (makes) the record for writing; keep the fd, ctr_state_write() replaces the record in place. */
int ctr_state_create(int dirfd, struct ctr_error *err);
int ctr_state_write(int fd, const struct ctr_state *state, struct ctr_error *err);
/* CTR_E_NOTFOUND when there is none, or when it is another boot's. */
int ctr_state_read(int dirfd, struct ctr_state *ret_state, struct ctr_error *err);

/* exit.json of the last run; one that is not there leaves known false. */
int ctr_exit_write(int dirfd, const struct ctr_exit *end, struct ctr_error *err);
int ctr_exit_read(int dirfd, struct ctr_exit *ret_end, struct ctr_error *err);

/* What an observation saw. */
struct ctr_observed {
	enum ctr_status status;
	bool has_state; /* a record of this boot */
	bool init_alive, monitor_alive;
	struct ctr_state state;
};
/* Observes NAME (which is defined). dirfd of <run>/NAME, or -1 when it does not exist. */
int ctr_observe(struct ctr_host *host, const char *name, int dirfd, struct ctr_observed *ret_seen,
		struct ctr_error *err);
/* CTR_E_NOTFOUND unless NAME is a valid name and defined. */
int ctr_defined(struct ctr_host *host, const char *name, struct ctr_error *err);
/* -1 without error when the directory is not there. */
int ctr_run_dir_open(struct ctr_host *host, const char *name);
/* Checks the verb x status table: CTR_E_STATE "cannot VERB: it is STATUS". */
int ctr_verb_check(enum ctr_verb verb, enum ctr_status status, struct ctr_error *err);

/* The stored specification; problems cannot occur unless the file was edited, they go into err. */
int ctr_spec_load(struct ctr_host *host, const char *name, struct ctr_spec *ret_spec,
		  struct ctr_error *err);

#endif
