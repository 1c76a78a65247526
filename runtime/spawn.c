/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Step "init": one clone3(2) makes the process and its namespaces, straight in its cgroup. Runs in the monitor, which is
 * single-threaded for ever: another thread's libc locks would stay locked in the clone.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "common/fd.h"
#include "common/sys.h"
#include "runtime/msg.h"
#include "runtime/run_int.h"

static uint64_t clone_flags(const struct ctr_spec *spec)
{
	uint64_t flags = CLONE_PIDFD | CLONE_INTO_CGROUP | CLONE_NEWNS | CLONE_NEWPID |
			 CLONE_NEWIPC | CLONE_NEWUTS;

	if (spec->sec.userns)
		flags |= CLONE_NEWUSER;
	if (spec->net.mode != CTR_NET_HOST)
		flags |= CLONE_NEWNET;
	/* The cgroup namespace comes later, from init itself: it must begin at the v1 groups that init joins. */
	return flags;
}

static int clone_init(struct ctr_run *run, struct ctr_error *err)
{
	int pidfd = -1, pair[2];
	struct clone_args args = {
		.flags = clone_flags(run->spec),
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)run->cg.payload_fd,
	};
	pid_t pid;

	if (ctr_msg_pair(pair, err) < 0)
		return -1;
	run->init_sock = pair[0];
	run->child_sock = pair[1];
	pid = ctr_sys_clone3(&args);
	if (pid < 0) {
		ctr_err_sys(err, "clone3");
		if (err->sys_errno == ENOSPC || err->sys_errno == EPERM)
			ctr_err_hint(
				err,
				"see sysctl user.max_user_namespaces and kernel.unprivileged_userns_clone");
		else if (err->sys_errno == EINVAL || err->sys_errno == ENOSYS)
			ctr_err_hint(
				err,
				"ctr needs CLONE_INTO_CGROUP (Linux 5.7) and all namespaces in the kernel");
		return -1;
	}
	if (pid == 0)
		ctr_init_main(run);
	ctr_cleanup_close(&run->child_sock);
	ctr_stdio_cloned(&run->io);
	run->init_pidfd = pidfd;
	return ctr_proc_identify(pid, &run->state.init, err);
}

int ctr_spawn_init(struct ctr_run *run, struct ctr_error *err)
{
	_cleanup_(ctr_rootfs_fds_done) struct ctr_rootfs_fds fds = { 0 };
	_cleanup_close_ int userns_fd = -1;

	if (clone_init(run, err) < 0 || ctr_state_write(run->state_fd, &run->state, err) < 0)
		return -1;
	if (ctr_sec_rlimits_raise(&run->sec, run->state.init.pid, err) < 0)
		return -1;
	if (run->spec->sec.userns) {
		char path[48];

		if (ctr_sec_idmap_write(run->state.init.pid, &run->state.ids, err) < 0)
			return -1;
		(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)run->state.init.pid);
		userns_fd = ctr_fd_open_at(AT_FDCWD, path, O_RDONLY, 0, err);
		if (userns_fd < 0)
			return -1;
	}
	if (ctr_rootfs_open(&run->mounts, userns_fd, &fds, err) < 0)
		return ctr_err_wrap(err, "rootfs");
	return ctr_msg_send(run->init_sock, CTR_MSG_GO, fds.fds, fds.n, err);
}
