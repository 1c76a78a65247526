/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The container's first process between clone3 and execve. It runs as root of the new user namespace, in a copy of the
 * host's mount tree until it has pivoted, and holds the monitor's memory and close-on-exec fds. It dies with the monitor.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <grp.h>
#include <linux/magic.h>

#include "common/fd.h"
#include "common/path.h"
#include "common/sys.h"
#include "runtime/become.h"
#include "runtime/msg.h"
#include "runtime/run_int.h"

/* Dies with its parent, and cannot be traced or read through /proc by anybody in the container. */
static int init_guard(struct ctr_error *err)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return ctr_err_sys(err, "prctl PR_SET_PDEATHSIG");
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return ctr_err_sys(err, "prctl PR_SET_DUMPABLE");
	return 0;
}

/* The host's root has no name in the new user namespace: take its own. Changing ids clears the death signal. */
static int init_become_root(const struct ctr_run *run, struct ctr_error *err)
{
	if (run->spec->sec.userns &&
	    (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
		return ctr_err_sys(err, "become root of the user namespace");
	return init_guard(err);
}

static int init_sysctls(const struct ctr_run *run, struct ctr_error *err)
{
	_cleanup_close_ int root = -1;
	_cleanup_close_ int fd = -1;
	struct statfs fs;

	if (!run->spec->sec.sysctls)
		return 0;
	root = ctr_fd_open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0, err);
	if (root < 0)
		return -1;
	fd = ctr_path_open_in_nolink(root, "/proc/sys", O_RDONLY | O_DIRECTORY, err);
	if (fd < 0)
		return -1;
	if (fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return ctr_err_set(err, CTR_E_INTERNAL, "/proc/sys is not procfs");
	return ctr_sec_sysctls_apply(fd, run->spec->sec.sysctls, err);
}

/* GO ... READY. */
static int init_build(struct ctr_run *run, int *ret_ptmx_fd, int *ret_slave_fd,
		      struct ctr_error *err)
{
	_cleanup_(ctr_rootfs_fds_done) struct ctr_rootfs_fds fds = { 0 };

	/* What needs neither ids nor files is done while the monitor still opens the trees. */
	if (ctr_cg_join(&run->cg, err) < 0)
		return ctr_err_wrap(err, "cgroup");
	if (unshare(CLONE_NEWCGROUP) < 0)
		return ctr_err_sys(err, "unshare the cgroup namespace");
	if (sethostname(run->spec->hostname, strlen(run->spec->hostname)) < 0)
		return ctr_err_sys(err, "set the host name");
	fds.n = CTR_ROOTFS_MAX_FDS;
	if (ctr_msg_expect(run->child_sock, CTR_MSG_GO, fds.fds, &fds.n, "the monitor", err) < 0) {
		fds.n = 0;
		return -1;
	}
	if (init_become_root(run, err) < 0)
		return -1;
	if (ctr_rootfs_enter(&run->mounts, &fds, ret_ptmx_fd, err) < 0)
		return ctr_err_wrap(err, "rootfs");
	if (init_sysctls(run, err) < 0)
		return ctr_err_wrap(err, "sysctls");
	if (*ret_ptmx_fd >= 0) {
		*ret_slave_fd = ctr_rootfs_console(*ret_ptmx_fd, err);
		if (*ret_slave_fd < 0)
			return ctr_err_wrap(err, "rootfs");
	}
	if (ctr_rootfs_seal(&run->mounts, &fds, err) < 0)
		return ctr_err_wrap(err, "rootfs");
	return 0;
}

static int init_run(struct ctr_run *run, struct ctr_error *err)
{
	_cleanup_close_ int ptmx_fd = -1;
	_cleanup_close_ int slave_fd = -1;
	struct ctr_become become = {
		.command = run->spec->command,
		.environment = run->spec->environment,
		.working_dir = run->spec->working_dir,
		.user = run->spec->sec.user,
		.terminal = run->io.terminal,
		.reaper = run->spec->reaper,
		.sec = &run->sec,
		.payload = run->io.payload,
		.sock = run->child_sock,
	};

	if (init_guard(err) < 0 || init_build(run, &ptmx_fd, &slave_fd, err) < 0)
		return -1;
	if (ctr_msg_send(run->child_sock, CTR_MSG_READY, &ptmx_fd, ptmx_fd >= 0, err) < 0 ||
	    ctr_msg_expect(run->child_sock, CTR_MSG_START, NULL, NULL, "the monitor", err) < 0)
		return -1;
	become.slave_fd = slave_fd;
	return ctr_become(&become, err);
}

_Noreturn void ctr_init_main(struct ctr_run *run)
{
	struct ctr_error err;

	(void)signal(SIGPIPE, SIG_IGN);
	ctr_cleanup_close(&run->init_sock);
	ctr_sys_title_set("ctr: init");
	(void)init_run(run, &err);
	ctr_msg_send_error(run->child_sock, &err);
	_exit(err.code == CTR_E_EXEC ? ctr_err_exit_status(&err) : 125);
}
