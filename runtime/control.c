/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* kill, pause, resume, wait: what acts on a running container from outside. CLI process. */
#include <signal.h>
#include <sys/pidfd.h>
#include <time.h>

#include "common/fd.h"
#include "common/parse.h"
#include "runtime/run_int.h"

#define FREEZE_TIMEOUT_MS 10000

static int observe_for(struct ctr_host *host, const char *name, enum ctr_verb verb,
		       struct ctr_observed *ret_seen, struct ctr_error *err)
{
	_cleanup_close_ int dirfd = -1;

	if (ctr_defined(host, name, err) < 0)
		return -1;
	dirfd = ctr_run_dir_open(host, name);
	if (ctr_observe(host, name, dirfd, ret_seen, err) < 0)
		return -1;
	return ctr_verb_check(verb, ret_seen->status, err);
}

static int kill_all(struct ctr_host *host, const char *name, int signo, struct ctr_error *err)
{
	_cleanup_(ctr_cg_done) struct ctr_cg cg = CTR_CG_NULL;
	_cleanup_free_ pid_t *pids = NULL;
	size_t n;

	if (ctr_cg_open(&host->cg, name, &cg, err) < 0)
		return -1;
	if (signo == SIGKILL)
		return ctr_cg_kill(&cg, err);
	if (ctr_cg_pids(&cg, &pids, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (kill(pids[i], signo) < 0 && errno != ESRCH)
			return ctr_err_sys(err, "signal process %d", (int)pids[i]);
	return 0;
}

int ctr_kill(struct ctr_host *host, const char *name, int signo, bool all, struct ctr_error *err)
{
	_cleanup_close_ int pidfd = -1;
	struct ctr_observed seen;

	if (observe_for(host, name, CTR_V_KILL, &seen, err) < 0)
		return -1;
	if (all)
		return kill_all(host, name, signo, err);
	pidfd = ctr_proc_open(&seen.state.init, err);
	if (pidfd < 0)
		return -1;
	if (pidfd_send_signal(pidfd, signo, NULL, 0) < 0)
		return ctr_err_sys(err, "signal process %d", (int)seen.state.init.pid);
	return 0;
}

static int set_frozen(struct ctr_host *host, const char *name, enum ctr_verb verb,
		      struct ctr_error *err)
{
	_cleanup_(ctr_cg_done) struct ctr_cg cg = CTR_CG_NULL;
	_cleanup_close_ int lock = -1;
	struct ctr_observed seen;

	if (observe_for(host, name, verb, &seen, err) < 0)
		return -1;
	lock = ctr_lock_take(host, name, NULL, err);
	if (lock < 0 || ctr_cg_open(&host->cg, name, &cg, err) < 0)
		return -1;
	return ctr_cg_freeze(&cg, verb == CTR_V_PAUSE, FREEZE_TIMEOUT_MS, err);
}

int ctr_pause(struct ctr_host *host, const char *name, struct ctr_error *err)
{
	return set_frozen(host, name, CTR_V_PAUSE, err);
}

int ctr_resume(struct ctr_host *host, const char *name, struct ctr_error *err)
{
	return set_frozen(host, name, CTR_V_RESUME, err);
}

static int64_t now_usec(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int ctr_wait(struct ctr_host *host, const char *name, int64_t timeout_usec, int *ret_status,
	     struct ctr_error *err)
{
	int64_t deadline = now_usec() + timeout_usec;

	if (ctr_defined(host, name, err) < 0)
		return -1;
	for (;;) {
		_cleanup_close_ int dirfd = ctr_run_dir_open(host, name);
		_cleanup_close_ int pidfd = -1;
		struct ctr_observed seen;
		struct ctr_exit end = { 0 };
		int64_t left = timeout_usec < 0 ? -1 : (deadline - now_usec()) / 1000;

		if (ctr_observe(host, name, dirfd, &seen, err) < 0)
			return -1;
		if (seen.status == CTR_STOPPED) {
			if (ctr_exit_read(dirfd, &end, err) < 0)
				return -1;
			if (!end.known)
				return ctr_err_set(
					err, CTR_E_STATE,
					"it has not run since the last boot, or its end is not known");
			*ret_status = end.signal ? 128 + end.signal : end.code;
			return 0;
		}
		/* The monitor ends after everything is written down and taken apart; without one, init's end is all. */
		pidfd = ctr_proc_open(seen.monitor_alive ? &seen.state.monitor : &seen.state.init,
				      err);
		if (pidfd < 0)
			continue;
		if (timeout_usec >= 0 && left <= 0)
			return ctr_err_set(err, CTR_E_STATE, "it is still %s",
					   ctr_status_name(seen.status));
		(void)ctr_proc_wait(pidfd, left > 3600000 ? 3600000 : (int)left);
	}
}
