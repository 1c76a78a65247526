/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The monitor: one per running container, the same program, single-threaded for ever. It builds the container by the step
 * table, tells whoever asked, and then only waits: for the payload's end, its output, signals and OOM events. Afterwards it
 * writes down how it ended, undoes the steps, and starts again when the restart policy says so. In a foreground `ctr run`
 * it is the CLI process itself.
 */
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "common/fd.h"
#include "common/sys.h"
#include "runtime/log.h"
#include "runtime/msg.h"
#include "runtime/run_int.h"

#define STABLE_SEC 10 /* a run this long resets the back-off */

void ctr_run_init(struct ctr_run *run)
{
	memset(run, 0, sizeof(*run));
	run->dirfd = run->lock_fd = run->state_fd = -1;
	run->init_pidfd = run->init_sock = run->child_sock = run->oom_fd = -1;
	run->cg = CTR_CG_NULL;
	ctr_stdio_init(&run->io);
}

/* What one life of the payload held; the directory, lock and record stay for the next. */
static void end_of_life(struct ctr_run *run)
{
	ctr_cleanup_close(&run->init_pidfd);
	ctr_cleanup_close(&run->init_sock);
	ctr_cleanup_close(&run->child_sock);
	ctr_cleanup_close(&run->oom_fd);
	ctr_cg_done(&run->cg);
	ctr_mount_plan_done(&run->mounts);
	ctr_sec_plan_done(&run->sec);
	ctr_net_lease_done(&run->lease);
}

void ctr_run_done(struct ctr_run *run)
{
	end_of_life(run);
	ctr_stdio_done(&run->io);
	ctr_cleanup_close(&run->io.log_dirfd);
	ctr_cleanup_close(&run->dirfd);
	ctr_cleanup_close(&run->lock_fd);
	ctr_cleanup_close(&run->state_fd);
}

/* The plans have done their work when the payload runs: a monitor that waits holds next to nothing. */
static void mon_slim(struct ctr_run *run)
{
	ctr_mount_plan_done(&run->mounts);
	ctr_sec_plan_done(&run->sec);
	if (run->spec)
		ctr_spec_done(run->spec);
	run->spec = NULL;
	(void)malloc_trim(0);
}

static int mon_signals(sigset_t *ret_old, struct ctr_error *err)
{
	static const int taken[] = { SIGINT,  SIGTERM, SIGHUP,   SIGQUIT, SIGUSR1,
				     SIGUSR2, SIGCONT, SIGWINCH, SIGALRM };
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (size_t i = 0; i < CTR_ARRAY_LEN(taken); i++)
		sigaddset(&set, taken[i]);
	if (sigprocmask(SIG_BLOCK, &set, ret_old) < 0)
		return ctr_err_sys(err, "block signals");
	(void)signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? ctr_err_sys(err, "signalfd") : fd;
}

/*
 * What the caller sent us goes to the payload. Its pid 1 may ignore an interrupt (a first process has no default actions):
 * the third within two seconds is taken as a wish to end it.
 */
static void mon_forward(struct ctr_run *run, int signal_fd)
{
	static int interrupts;
	static time_t first;
	struct signalfd_siginfo info;

	while (read(signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		int signo = (int)info.ssi_signo;
		struct ctr_error err;

		if (signo == SIGWINCH) {
			ctr_stdio_resize(&run->io);
			continue;
		}
		(void)pidfd_send_signal(run->init_pidfd, signo, NULL, 0);
		if (signo != SIGINT || !run->io.foreground)
			continue;
		if (time(NULL) - first > 2) {
			first = time(NULL);
			interrupts = 0;
		}
		if (++interrupts >= 3)
			(void)ctr_cg_kill(&run->cg, &err);
	}
}

/*
 * v1 has no memory.oom.group: the whole container dies by our hand. Its event comes before the kill is counted, so a
 * wake-up that shows nothing is looked at again; the return value is how many milliseconds from now, -1 for never.
 */
static int mon_oom(struct ctr_run *run, int tries_left)
{
	struct ctr_error err;
	uint64_t kills;

	if (!run->cg_plan.kill_all_on_oom)
		return -1;
	if (ctr_cg_oom_kills(&run->cg, &kills, &err) < 0 || kills == 0)
		return tries_left > 0 ? 5 : -1;
	(void)ctr_cg_kill(&run->cg, &err);
	return -1;
}

static void mon_wait(struct ctr_run *run, int signal_fd)
{
	int timeout = -1, tries = 0;

	for (;;) {
		struct pollfd fds[8] = { { .fd = run->init_pidfd, .events = POLLIN },
					 { .fd = signal_fd, .events = POLLIN },
					 { .fd = run->oom_fd, .events = POLLIN } };
		size_t n = 3 + ctr_stdio_poll(&run->io, fds + 3);
		int ready = poll(fds, n, timeout);

		if (ready < 0)
			continue;
		if (fds[2].revents) {
			ctr_cg_oom_drain(run->oom_fd);
			tries = 200;
		}
		if (fds[2].revents || (ready == 0 && timeout >= 0))
			timeout = mon_oom(run, tries--);
		for (size_t i = 3; i < n; i++)
			ctr_stdio_pump(&run->io, &fds[i]);
		if (fds[1].revents)
			mon_forward(run, signal_fd);
		if (fds[0].revents)
			return;
	}
}

static void mon_record_end(struct ctr_run *run, struct ctr_exit *end)
{
	siginfo_t info = { 0 };
	struct ctr_cg_stat stat = { 0 };
	struct ctr_error err;

	*end = (struct ctr_exit){ .known = true };
	(void)clock_gettime(CLOCK_REALTIME, &end->at);
	while (waitid(P_PIDFD, (id_t)run->init_pidfd, &info, WEXITED) < 0 && errno == EINTR)
		;
	if (info.si_code == CLD_EXITED) {
		end->code = info.si_status;
	} else {
		end->code = -1;
		end->signal = info.si_status;
	}
	/* With --rm there is nobody to read it. */
	if (!run->remove && ctr_cg_stat(&run->cg, &stat, &err) == 0) {
		end->oom = stat.oom_kills > 0 && (end->signal == SIGKILL || end->code > 0);
		end->oom_limit = run->memory_max == CTR_CG_MAX ? 0 : run->memory_max;
		end->cpu_usage_usec = stat.cpu_usage_usec;
		end->memory_peak = stat.memory_peak;
	}
	if (!run->remove)
		(void)ctr_exit_write(run->dirfd, end, &err);
}

/* Whether the policy starts it again, after the pause that it may have to wait first. */
struct restart {
	enum ctr_restart policy;
	uint64_t delay_usec;
	uint32_t max;
};

static bool mon_restarts(struct ctr_run *run, const struct restart *restart,
			 const struct ctr_exit *end, int signal_fd)
{
	struct pollfd fds = { .fd = signal_fd, .events = POLLIN };
	struct ctr_error err;
	struct timespec now;
	uint64_t delay;

	if (restart->policy == CTR_RESTART_NO || run->state.steps ||
	    faccessat(run->dirfd, "stop", F_OK, 0) == 0)
		return false;
	if (restart->policy == CTR_RESTART_ON_FAILURE && end->code == 0)
		return false;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec - run->state.started_at.tv_sec >= STABLE_SEC)
		run->state.restarts = 0;
	if (restart->max && run->state.restarts >= restart->max)
		return false;
	delay = restart->delay_usec << (run->state.restarts < 6 ? run->state.restarts : 6);
	run->state.restarts++;
	run->state.started_at = (struct timespec){ 0 };
	run->state.init = (struct ctr_proc_id){ 0 };
	(void)ctr_state_write(run->state_fd, &run->state, &err);
	/* A signal ends the wait and with it the wish to go on. */
	if (poll(&fds, 1, delay / 1000 > 60000 ? 60000 : (int)(delay / 1000)) > 0)
		return false;
	return faccessat(run->dirfd, "stop", F_OK, 0) < 0;
}

/* What could not be undone stays in the record, for the next command to try again. */
static void mon_undo(struct ctr_run *run)
{
	struct ctr_error err;

	if (ctr_steps_undo(run->host, run->name, run->dirfd, &run->state, &err) == 0)
		run->state.steps = 0;
	end_of_life(run);
}

/* One life: steps, READY, wait, record, undo. -1 when it could not be started (all undone). */
static int mon_one_life(struct ctr_run *run, int *report_sock, int signal_fd, struct ctr_exit *end,
			struct ctr_error *err)
{
	if (ctr_steps_apply(run, err) < 0) {
		mon_undo(run);
		ctr_stdio_finish(&run->io);
		return -1;
	}
	(void)clock_gettime(CLOCK_REALTIME, &run->state.started_at);
	if (ctr_state_write(run->state_fd, &run->state, err) < 0)
		return -1;
	ctr_cleanup_close(&run->lock_fd);
	if (*report_sock >= 0)
		(void)ctr_msg_send(*report_sock, CTR_MSG_READY, NULL, 0, err);
	ctr_cleanup_close(report_sock);
	mon_slim(run);
	mon_wait(run, signal_fd);
	mon_record_end(run, end);
	ctr_stdio_finish(&run->io);
	mon_undo(run);
	return 0;
}

/* The spec again, for the next life. */
static int mon_reload(struct ctr_run *run, struct ctr_spec *spec, struct ctr_error *err)
{
	bool terminal = run->io.terminal, interactive = run->io.interactive,
	     foreground = run->io.foreground;
	int log_dirfd = run->io.log_dirfd;

	ctr_stdio_done(&run->io);
	ctr_stdio_init(&run->io);
	run->io.terminal = terminal;
	run->io.interactive = interactive;
	run->io.foreground = foreground;
	run->io.log_dirfd = log_dirfd;
	if (ctr_log_open(&run->io, err) < 0 || ctr_spec_load(run->host, run->name, spec, err) < 0)
		return -1;
	run->spec = spec;
	return 0;
}

int ctr_monitor_main(struct ctr_run *run, int report_sock, int *ret_status, struct ctr_error *err)
{
	struct restart restart = { run->spec->restart, run->spec->restart_delay_usec,
				   run->spec->restart_max };
	struct ctr_exit end = { 0 };
	struct ctr_spec again;
	sigset_t old;
	int signal_fd = mon_signals(&old, err), rc;

	if (signal_fd < 0)
		return -1;
	if (ctr_proc_identify(getpid(), &run->state.monitor, err) < 0 ||
	    ctr_log_open(&run->io, err) < 0) {
		(void)close(signal_fd);
		return -1;
	}
	for (;;) {
		rc = mon_one_life(run, &report_sock, signal_fd, &end, err);
		if (rc < 0 || !mon_restarts(run, &restart, &end, signal_fd))
			break;
		ctr_spec_init(&again);
		if (mon_reload(run, &again, err) < 0) {
			rc = -1;
			break;
		}
	}
	if (!run->state.steps)
		(void)unlinkat(run->dirfd, "state", 0);
	if (report_sock >= 0) {
		ctr_msg_send_error(report_sock, err);
		ctr_cleanup_close(&report_sock);
	}
	(void)close(signal_fd);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	*ret_status = end.signal ? 128 + end.signal : end.code;
	return rc;
}
