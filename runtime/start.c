/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * start: forks the monitor into its own cgroup and waits until it says READY. CLI process, but for the code behind the
 * fork, which is the monitor's.
 */
#include "runtime/start.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "common/fd.h"
#include "common/sys.h"
#include "runtime/msg.h"

int ctr_leftovers_clear(struct ctr_host *host, const char *name, int dirfd, struct ctr_error *err)
{
	struct ctr_observed seen;
	_cleanup_close_ int monitor = -1;

	if (ctr_observe(host, name, dirfd, &seen, err) < 0)
		return -1;
	if (!seen.has_state)
		return 0;
	monitor = ctr_proc_open(&seen.state.monitor, err);
	if (monitor >= 0 && !ctr_proc_wait(monitor, 15000))
		return ctr_err_set(err, CTR_E_STATE,
				   "its monitor (process %d) is still taking it apart",
				   (int)seen.state.monitor.pid);
	/* Gone: it has undone everything and removed the record, or it was killed and we do it. */
	if (ctr_state_read(dirfd, &seen.state, err) < 0)
		return err->code == CTR_E_NOTFOUND ? 0 : -1;
	if (ctr_steps_undo(host, name, dirfd, &seen.state, err) < 0)
		return -1;
	(void)unlinkat(dirfd, "state", 0);
	return 0;
}

int ctr_start_prepare(struct ctr_run *run, struct ctr_host *host, const char *name,
		      struct ctr_spec *spec, struct ctr_error *err)
{
	run->host = host;
	run->name = name;
	run->spec = spec;
	run->state_fd = ctr_state_create(run->dirfd, err);
	if (run->state_fd < 0 || ctr_proc_boot_id(run->state.boot, err) < 0)
		return -1;
	if (spec->sec.userns &&
	    ctr_sec_idrange_take(host->ids_dirfd, name, &host->conf.ids, &run->state.ids, err) < 0)
		return -1;
	(void)unlinkat(run->dirfd, "exit.json", 0);
	(void)unlinkat(run->dirfd, "stop", 0);
	/* Whoever ends it deletes it: the monitor, or a stop that holds the lock. */
	if (run->remove) {
		int mark = ctr_fd_open_at(run->dirfd, "rm", O_WRONLY | O_CREAT | O_NOFOLLOW, 0600,
					  err);

		if (mark < 0)
			return -1;
		(void)close(mark);
	}
	run->io.log_dirfd = run->remove && run->io.foreground
				    ? -1
				    : ctr_fd_open_at(host->containers_dirfd, name,
						     O_RDONLY | O_DIRECTORY, 0, err);
	return run->io.log_dirfd < 0 && !(run->remove && run->io.foreground) ? -1 : 0;
}

/* Behind the fork: nothing of the terminal, the session or the caller's files is kept. */
static _Noreturn void monitor_process(struct ctr_run *run, int report_sock)
{
	_cleanup_free_ char *title = NULL;
	struct ctr_error err;
	int status, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)setsid();
	(void)!chdir("/");
	for (int fd = 0; fd < 3; fd++)
		(void)dup2(null, fd);
	(void)close(null);
	if (asprintf(&title, "ctr: %s", run->name) > 0)
		ctr_sys_title_set(title);
	if (ctr_monitor_main(run, report_sock, &status, &err) < 0)
		_exit(1);
	if (run->remove) {
		run->lock_fd = ctr_lock_take(run->host, run->name, NULL, &err);
		if (run->lock_fd >= 0)
			(void)ctr_definition_remove(run->host, run->name, &err);
	}
	_exit(0);
}

/* One try. ret_stillborn: killed before it could say anything, which is what a killed cgroup does to its newborn. */
static int fork_monitor(struct ctr_run *run, bool *ret_stillborn, struct ctr_error *err)
{
	_cleanup_close_ int group = ctr_cg_monitors_open(&run->host->cg, err);
	struct clone_args args = { .flags = CLONE_INTO_CGROUP,
				   .exit_signal = SIGCHLD,
				   .cgroup = (uint64_t)group };
	int pair[2], rc, status = 0;
	pid_t pid;

	*ret_stillborn = false;
	if (group < 0 || ctr_msg_pair(pair, err) < 0)
		return -1;
	pid = ctr_sys_clone3(&args);
	if (pid == 0) {
		(void)close(pair[0]);
		monitor_process(run, pair[1]);
	}
	(void)close(pair[1]);
	rc = pid < 0 ? ctr_err_sys(err, "clone3 the monitor")
		     : ctr_msg_expect(pair[0], CTR_MSG_READY, NULL, NULL, "its monitor", err);
	(void)close(pair[0]);
	/* A monitor that failed has undone its steps before it ends: wait, so that nothing is left when we say so. */
	if (pid > 0 && rc < 0 && waitpid(pid, &status, 0) == pid)
		*ret_stillborn = WIFSIGNALED(status) && err->code == CTR_E_PEER;
	return rc;
}

int ctr_start_monitor(struct ctr_run *run, struct ctr_error *err)
{
	struct ctr_state state;
	struct ctr_error ignored;
	bool stillborn;
	int rc = fork_monitor(run, &stillborn, err);

	/* It writes the record before its first step: without one it never ran a line. */
	if (rc == 0 || !stillborn || ctr_state_read(run->dirfd, &state, &ignored) == 0)
		return rc;
	if (ctr_cg_monitors_renew(&run->host->cg, err) < 0)
		return -1;
	return fork_monitor(run, &stillborn, err);
}

int ctr_start(struct ctr_host *host, const char *name, struct ctr_error *err)
{
	_cleanup_(ctr_run_done) struct ctr_run run;
	_cleanup_(ctr_spec_done) struct ctr_spec spec;
	struct ctr_observed seen;

	ctr_run_init(&run);
	ctr_spec_init(&spec);
	if (ctr_defined(host, name, err) < 0)
		return -1;
	run.lock_fd = ctr_lock_take(host, name, &run.dirfd, err);
	if (run.lock_fd < 0 || ctr_observe(host, name, run.dirfd, &seen, err) < 0)
		return -1;
	if (seen.status != CTR_STOPPING && ctr_verb_check(CTR_V_START, seen.status, err) < 0)
		return -1;
	if (ctr_leftovers_clear(host, name, run.dirfd, err) < 0 ||
	    ctr_spec_load(host, name, &spec, err) < 0 ||
	    ctr_start_prepare(&run, host, name, &spec, err) < 0)
		return -1;
	if (ctr_start_monitor(&run, err) == 0)
		return 0;
	return -1;
}
