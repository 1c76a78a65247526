/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stop: the stop signal, the time to obey it, then cgroup.kill. CLI process. A first process has no default actions: a
 * signal that it does not catch would be dropped by the kernel, so it is only sent when it can be heard.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <time.h>

#include "common/fd.h"
#include "runtime/run_int.h"

#define HANDLER_PATIENCE_MS \
	1000 /* how long a program that has just started may take to install its handlers */

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Whether one thread catches or blocks the signal: SigCgt and SigBlk of proc_pid_status(5). */
static bool thread_hears(int taskfd, const char *tid, int signo)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	_cleanup_buf_ struct ctr_buf call = { 0 };
	uint64_t heard = 0, mask;
	struct ctr_error err;
	char path[64];

	(void)snprintf(path, sizeof(path), "%.16s/status", tid);
	if (ctr_fd_read_at(taskfd, path, 16384, &text, &err) < 0)
		return false;
	for (const char *const *key = (const char *const[]){ "\nSigCgt:", "\nSigBlk:", NULL }; *key;
	     key++) {
		const char *line = strstr(ctr_buf_str(&text), *key);

		if (line && sscanf(line + strlen(*key), "%" SCNx64, &mask) == 1)
			heard |= mask;
	}
	if (heard & (UINT64_C(1) << (signo - 1)))
		return true;
	/* While it sits in sigwait(3) the kernel shows what it waits for as unblocked: proc_pid_syscall(5) tells. */
	(void)snprintf(path, sizeof(path), "%.16s/syscall", tid);
	return ctr_fd_read_at(taskfd, path, 512, &call, &err) == 0 &&
	       strtol(ctr_buf_str(&call), NULL, 10) == SYS_rt_sigtimedwait;
}

/* Any thread of it. A process that is gone counts as hearing: its end is seen at once. */
static bool hears(pid_t pid, int signo)
{
	_cleanup_closedir_ DIR *tasks = NULL;
	struct dirent *task;
	char path[40];

	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	if (!tasks)
		return true;
	while ((task = readdir(tasks)))
		if (task->d_name[0] != '.' && thread_hears(dirfd(tasks), task->d_name, signo))
			return true;
	return false;
}

/* Asks; true when it has ended within the time. */
static bool ask(const struct ctr_state *state, int pidfd, int signo, int64_t deadline)
{
	int64_t patience = now_ms() + HANDLER_PATIENCE_MS;

	if (patience > deadline)
		patience = deadline;
	while (signo != SIGKILL && !hears(state->init.pid, signo)) {
		if (now_ms() >= patience)
			return false;
		if (ctr_proc_wait(pidfd, 20))
			return true;
	}
	if (pidfd_send_signal(pidfd, signo, NULL, 0) < 0)
		return errno == ESRCH;
	while (now_ms() < deadline)
		if (ctr_proc_wait(pidfd, (int)(deadline - now_ms())))
			return true;
	return false;
}

static int stop_init(struct ctr_host *host, const char *name, const struct ctr_observed *seen,
		     const struct ctr_stop_options *options, struct ctr_error *err)
{
	_cleanup_(ctr_spec_done) struct ctr_spec spec;
	_cleanup_(ctr_cg_done) struct ctr_cg cg = CTR_CG_NULL;
	_cleanup_close_ int pidfd = ctr_proc_open(&seen->state.init, err);
	int64_t timeout_ms;
	int signo;

	ctr_spec_init(&spec);
	if (pidfd < 0)
		return err->code == CTR_E_NOTFOUND ? 0 : -1;
	if (ctr_spec_load(host, name, &spec, err) < 0 || ctr_cg_open(&host->cg, name, &cg, err) < 0)
		return -1;
	signo = options->signal ? options->signal : spec.stop_signal;
	timeout_ms = (options->timeout_usec >= 0 ? options->timeout_usec
						 : (int64_t)spec.stop_timeout_usec) /
		     1000;
	/* A frozen process hears nothing: thaw it first, it has its time like any other. */
	if (seen->status == CTR_PAUSED && ctr_cg_freeze(&cg, false, 2000, err) < 0)
		return -1;
	if (seen->state.started_at.tv_sec && ask(&seen->state, pidfd, signo, now_ms() + timeout_ms))
		return 0;
	if (ctr_cg_kill(&cg, err) < 0)
		return -1;
	if (!ctr_proc_wait(pidfd, 10000))
		return ctr_err_set(err, CTR_E_SYS,
				   "process %d does not die; it hangs in the kernel",
				   (int)seen->state.init.pid);
	return 0;
}

/* Needs the lock. Marks the wish first, so that the restart policy does not bring it back. */
static int stop_locked(struct ctr_host *host, const char *name, int dirfd,
		       const struct ctr_stop_options *options, struct ctr_error *err)
{
	struct ctr_observed seen;
	_cleanup_close_ int mark = -1;

	if (ctr_observe(host, name, dirfd, &seen, err) < 0)
		return -1;
	if (!seen.has_state)
		return 0;
	mark = ctr_fd_open_at(dirfd, "stop", O_WRONLY | O_CREAT | O_NOFOLLOW, 0600, err);
	if (mark < 0)
		return -1;
	if (seen.init_alive) {
		if (stop_init(host, name, &seen, options, err) < 0)
			return -1;
	} else if (seen.monitor_alive && !seen.state.started_at.tv_sec) {
		/* It waits to restart: a signal ends the wait. */
		_cleanup_close_ int monitor = ctr_proc_open(&seen.state.monitor, err);

		if (monitor >= 0)
			(void)pidfd_send_signal(monitor, SIGTERM, NULL, 0);
	}
	return ctr_leftovers_clear(host, name, dirfd, err);
}

int ctr_stop(struct ctr_host *host, const char *name, const struct ctr_stop_options *options,
	     struct ctr_error *err)
{
	_cleanup_close_ int dirfd = -1;
	_cleanup_close_ int lock = -1;

	if (ctr_defined(host, name, err) < 0)
		return -1;
	lock = ctr_lock_take(host, name, &dirfd, err);
	if (lock < 0 || stop_locked(host, name, dirfd, options, err) < 0)
		return -1;
	/* Started with --rm: its monitor could not take the lock that we hold. */
	if (faccessat(dirfd, "rm", F_OK, 0) == 0)
		return ctr_definition_remove(host, name, err);
	return 0;
}

int ctr_delete(struct ctr_host *host, const char *name, bool force, struct ctr_error *err)
{
	static const struct ctr_stop_options now = { .signal = SIGKILL, .timeout_usec = 0 };
	_cleanup_close_ int dirfd = -1;
	_cleanup_close_ int lock = -1;
	struct ctr_observed seen;

	if (ctr_defined(host, name, err) < 0)
		return -1;
	lock = ctr_lock_take(host, name, &dirfd, err);
	if (lock < 0 || ctr_observe(host, name, dirfd, &seen, err) < 0)
		return -1;
	if (!force && seen.status != CTR_STOPPING &&
	    ctr_verb_check(CTR_V_DELETE, seen.status, err) < 0)
		return -1;
	if ((force ? stop_locked(host, name, dirfd, &now, err)
		   : ctr_leftovers_clear(host, name, dirfd, err)) < 0)
		return -1;
	if (ctr_net_link_remove(name, err) < 0)
		return -1;
	return ctr_definition_remove(host, name, err);
}
