/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exec: one more process in a running container. It joins by init's pidfd, straight in the payload's cgroup, never talks
 * to the monitor, and takes the same last mile as init (become.c). CLI process; behind the clone, the container's.
 */
#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "common/fd.h"
#include "common/path.h"
#include "common/strv.h"
#include "common/sys.h"
#include "runtime/become.h"
#include "runtime/msg.h"
#include "runtime/run_int.h"

struct exec {
	const struct ctr_exec_options *options;
	struct ctr_spec spec;
	struct ctr_sec_plan sec;
	struct ctr_cg cg;
	struct ctr_stdio io;
	int init_pidfd;
	int sock[2]; /* ours, the child's */
};

static void exec_done(struct exec *e)
{
	ctr_spec_done(&e->spec);
	ctr_sec_plan_done(&e->sec);
	ctr_cg_done(&e->cg);
	ctr_stdio_done(&e->io);
	ctr_cleanup_close(&e->init_pidfd);
	ctr_cleanup_close(&e->sock[0]);
	ctr_cleanup_close(&e->sock[1]);
}

static int namespaces(const struct ctr_spec *spec)
{
	int flags = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

	if (spec->sec.userns)
		flags |= CLONE_NEWUSER;
	if (spec->net.mode != CTR_NET_HOST)
		flags |= CLONE_NEWNET;
	return flags;
}

/* A terminal out of the container's own devpts, which must be one: the path is the container's. */
static int open_terminal(int *ret_ptmx, int *ret_slave, struct ctr_error *err)
{
	_cleanup_close_ int root = ctr_fd_open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0, err);
	_cleanup_close_ int ptmx = -1;
	struct statfs fs;
	int unlocked = 0;

	if (root < 0)
		return -1;
	ptmx = ctr_path_open_in_nolink(root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY, err);
	if (ptmx < 0)
		return -1;
	if (fstatfs(ptmx, &fs) < 0 || fs.f_type != DEVPTS_SUPER_MAGIC)
		return ctr_err_set(err, CTR_E_PEER,
				   "/dev/pts/ptmx in the container is no terminal multiplexer");
	if (ctr_stdio_check_ptmx(ptmx, err) < 0)
		return -1;
	if (ioctl(ptmx, TIOCSPTLCK, &unlocked) < 0)
		return ctr_err_sys(err, "unlock the terminal");
	*ret_slave = ioctl(ptmx, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*ret_slave < 0)
		return ctr_err_sys(err, "open the terminal");
	*ret_ptmx = ctr_take_fd(&ptmx);
	return 0;
}

/* Behind the clone, already in the container's pid namespace and cgroup. */
static int child_join(struct exec *e, struct ctr_error *err)
{
	/* Before the first namespace is joined: nobody inside may trace us or open our executable. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		return ctr_err_sys(err, "prctl");
	/* Still in the host's user namespace, where it counts. */
	if (ctr_sec_rlimits_raise(&e->sec, 0, err) < 0 || ctr_cg_join(&e->cg, err) < 0)
		return -1;
	if (setns(e->init_pidfd, namespaces(&e->spec)) < 0) {
		ctr_err_sys(err, "join the container's namespaces");
		return err->sys_errno == ESRCH ? ctr_err_hint(err, "it ended just now") : -1;
	}
	if (e->spec.sec.userns &&
	    (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
		return ctr_err_sys(err, "become root of the user namespace");
	/* Changing ids cleared both. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		return ctr_err_sys(err, "prctl");
	return 0;
}

static int child_run(struct exec *e, struct ctr_error *err)
{
	_cleanup_close_ int ptmx = -1;
	_cleanup_close_ int slave = -1;
	struct ctr_become become = {
		.command = e->options->command,
		.environment = e->spec.environment,
		.more_environment = e->options->environment,
		.working_dir =
			e->options->working_dir ? e->options->working_dir : e->spec.working_dir,
		.user = e->options->user ? e->options->user : e->spec.sec.user,
		.terminal = e->options->terminal,
		.sec = &e->sec,
		.payload = e->io.payload,
		.slave_fd = -1,
		.sock = e->sock[1],
	};

	if (child_join(e, err) < 0)
		return -1;
	if (e->options->terminal && open_terminal(&ptmx, &slave, err) < 0)
		return -1;
	if (ctr_msg_send(e->sock[1], CTR_MSG_READY, &ptmx, ptmx >= 0, err) < 0)
		return -1;
	/* The program asks for the terminal's size when it begins: it must have it by then. */
	if (ptmx >= 0 && ctr_msg_expect(e->sock[1], CTR_MSG_START, NULL, NULL, "ctr exec", err) < 0)
		return -1;
	become.slave_fd = slave;
	return ctr_become(&become, err);
}

static _Noreturn void child_main(struct exec *e)
{
	struct ctr_error err;

	(void)signal(SIGPIPE, SIG_IGN);
	ctr_cleanup_close(&e->sock[0]);
	ctr_sys_title_set("ctr: exec");
	(void)child_run(e, &err);
	ctr_msg_send_error(e->sock[1], &err);
	_exit(err.code == CTR_E_EXEC ? ctr_err_exit_status(&err) : 125);
}

static int decide(struct ctr_host *host, const char *name, struct exec *e,
		  struct ctr_state *ret_state, struct ctr_error *err)
{
	_cleanup_close_ int dirfd = ctr_run_dir_open(host, name);
	struct ctr_observed seen;

	if (ctr_defined(host, name, err) < 0 || ctr_observe(host, name, dirfd, &seen, err) < 0 ||
	    ctr_verb_check(CTR_V_EXEC, seen.status, err) < 0 ||
	    ctr_spec_load(host, name, &e->spec, err) < 0 ||
	    ctr_sec_plan(&e->spec.sec, host->cache_dirfd, &e->sec, err) < 0 ||
	    ctr_cg_open(&host->cg, name, &e->cg, err) < 0)
		return -1;
	if (e->options->working_dir && !ctr_path_is_clean(e->options->working_dir))
		return ctr_err_set(err, CTR_E_USAGE, "--cwd %s is not a clean absolute path",
				   e->options->working_dir);
	e->init_pidfd = ctr_proc_open(&seen.state.init, err);
	*ret_state = seen.state;
	return e->init_pidfd < 0 ? -1 : 0;
}

/* Our own streams when they are no terminals; a terminal is never handed in, its bytes are. */
static int open_streams(struct exec *e, uid_t owner, struct ctr_error *err)
{
	bool any_tty = isatty(0) || isatty(1) || isatty(2);

	if (e->options->terminal || any_tty)
		return ctr_stdio_open(&e->io, true, e->options->interactive, e->options->terminal,
				      owner, err);
	e->io.payload[0] = e->options->interactive
				   ? fcntl(0, F_DUPFD_CLOEXEC, 3)
				   : ctr_fd_open_at(AT_FDCWD, "/dev/null", O_RDONLY, 0, err);
	e->io.payload[1] = fcntl(1, F_DUPFD_CLOEXEC, 3);
	e->io.payload[2] = fcntl(2, F_DUPFD_CLOEXEC, 3);
	if (e->io.payload[0] < 0 || e->io.payload[1] < 0 || e->io.payload[2] < 0)
		return ctr_err_sys(err, "pass standard streams on");
	return 0;
}

static int exec_clone(struct exec *e, int *ret_pidfd, struct ctr_error *err)
{
	int pidfd = -1;
	struct clone_args args = { .flags = CLONE_PIDFD | CLONE_INTO_CGROUP,
				   .pidfd = (uint64_t)(uintptr_t)&pidfd,
				   .exit_signal = SIGCHLD,
				   .cgroup = (uint64_t)e->cg.payload_fd };
	pid_t pid;

	/* Takes effect for children: the clone is born in the container's pid namespace. */
	if (setns(e->init_pidfd, CLONE_NEWPID) < 0)
		return ctr_err_sys(err, "join the container's pid namespace");
	if (ctr_msg_pair(e->sock, err) < 0)
		return -1;
	pid = ctr_sys_clone3(&args);
	if (pid < 0) {
		ctr_err_sys(err, "clone3");
		return err->sys_errno == EAGAIN
			       ? ctr_err_hint(err, "pids.max of the container is reached")
			       : -1;
	}
	if (pid == 0)
		child_main(e);
	ctr_cleanup_close(&e->sock[1]);
	ctr_stdio_cloned(&e->io);
	*ret_pidfd = pidfd;
	return 0;
}

/* READY (with the terminal), EXECING, end of file: it runs. */
static int handshake(struct exec *e, struct ctr_error *err)
{
	size_t n_fds = 1;
	int ptmx = -1, type;

	if (ctr_msg_expect(e->sock[0], CTR_MSG_READY, &ptmx, &n_fds, "the new process", err) < 0)
		return -1;
	if (n_fds != (e->options->terminal ? 1 : 0)) {
		ctr_cleanup_close(&ptmx);
		return ctr_err_set(err, CTR_E_PEER, "the new process sent %zu terminals", n_fds);
	}
	if (ptmx >= 0 && (ctr_stdio_terminal(&e->io, ptmx, err) < 0 ||
			  ctr_msg_send(e->sock[0], CTR_MSG_START, NULL, 0, err) < 0))
		return -1;
	if (ctr_msg_expect(e->sock[0], CTR_MSG_EXECING, NULL, NULL, "the new process", err) < 0)
		return -1;
	type = ctr_msg_recv(e->sock[0], NULL, NULL, err);
	if (type > CTR_MSG_EOF)
		return ctr_err_set(err, CTR_E_PEER,
				   "the new process went on talking after EXECING");
	return type < 0 ? -1 : 0;
}

static void wait_for_end(struct exec *e, int pidfd, int signal_fd)
{
	for (;;) {
		struct pollfd fds[6] = { { .fd = pidfd, .events = POLLIN },
					 { .fd = signal_fd, .events = POLLIN } };
		size_t n = 2 + ctr_stdio_poll(&e->io, fds + 2);
		struct signalfd_siginfo info;

		if (poll(fds, n, -1) < 0)
			continue;
		for (size_t i = 2; i < n; i++)
			ctr_stdio_pump(&e->io, &fds[i]);
		while (fds[1].revents &&
		       read(signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
			if (info.ssi_signo == SIGWINCH)
				ctr_stdio_resize(&e->io);
			else
				(void)pidfd_send_signal(pidfd, (int)info.ssi_signo, NULL, 0);
		}
		if (fds[0].revents)
			return;
	}
}

static int exec_status(int pidfd)
{
	siginfo_t info = { 0 };

	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0 && errno == EINTR)
		;
	return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

int ctr_exec(struct ctr_host *host, const char *name, const struct ctr_exec_options *options,
	     int *ret_status, struct ctr_error *err)
{
	_cleanup_(exec_done) struct exec e = { .options = options,
					       .init_pidfd = -1,
					       .sock = { -1, -1 } };
	_cleanup_close_ int pidfd = -1;
	_cleanup_close_ int signal_fd = -1;
	struct ctr_state state = { 0 };
	sigset_t set;
	int rc;

	e.cg = CTR_CG_NULL;
	ctr_spec_init(&e.spec);
	ctr_stdio_init(&e.io);
	e.io.foreground = true;
	e.io.terminal = options->terminal;
	if (options->terminal && !isatty(STDIN_FILENO))
		return ctr_err_set(err, CTR_E_USAGE,
				   "-t needs a terminal on standard input; use -i for a pipe");
	if (decide(host, name, &e, &state, err) < 0 ||
	    open_streams(&e, e.spec.sec.userns ? state.ids.first : 0, err) < 0)
		return -1;
	sigemptyset(&set);
	for (const int *s = (const int[]){ SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2,
					   SIGWINCH, 0 };
	     *s; s++)
		sigaddset(&set, *s);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signal_fd < 0)
		return ctr_err_sys(err, "signalfd");
	if (exec_clone(&e, &pidfd, err) < 0)
		return -1;
	rc = handshake(&e, err);
	if (rc == 0)
		wait_for_end(&e, pidfd, signal_fd);
	*ret_status = exec_status(pidfd);
	ctr_stdio_finish(&e.io);
	return rc;
}
