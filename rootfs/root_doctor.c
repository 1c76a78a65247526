/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the host lacks for roots and mounts. Runs in the CLI process of `ctr doctor`; changes
 * nothing. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "common/fd.h"
#include "common/sys.h"
#include "rootfs/rootfs_int.h"

/* Each call with arguments that a kernel which has it refuses otherwise than by ENOSYS. */
static void find_calls(struct ctr_buf *lines)
{
	const struct {
		const char *name, *since;
		bool missing;
	} calls[] = {
		{ "openat2", "5.6", ctr_sys_openat2(-1, "", 0, 0, 0) < 0 && errno == ENOSYS },
		{ "open_tree", "5.2", open_tree(-1, "", 0) < 0 && errno == ENOSYS },
		{ "move_mount", "5.2", move_mount(-1, "", -1, "", 0) < 0 && errno == ENOSYS },
		{ "fsopen", "5.2", fsopen("", 0) < 0 && errno == ENOSYS },
		{ "mount_setattr", "5.12",
		  mount_setattr(-1, "", 0, NULL, 0) < 0 && errno == ENOSYS },
	};

	for (size_t i = 0; i < CTR_ARRAY_LEN(calls); i++)
		if (calls[i].missing)
			ctr_buf_printf(
				lines,
				"rootfs: %s: the system call is missing or filtered; run Linux %s or newer, or let "
				"the outer seccomp filter pass it\n",
				calls[i].name, calls[i].since);
}

/* A user namespace to map with: that of a child which only waits to be killed. */
static int make_userns(struct ctr_error *err)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = 0 };
	pid_t pid = ctr_sys_clone3(&args);
	char path[64];
	int fd;

	if (pid < 0)
		return ctr_err_sys(err, "make a user namespace");
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)pause();
	}
	(void)snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
	fd = ctr_fd_write_at(AT_FDCWD, path, "0 100000 65536\n", err);
	(void)snprintf(path, sizeof(path), "/proc/%d/gid_map", (int)pid);
	if (fd == 0)
		fd = ctr_fd_write_at(AT_FDCWD, path, "0 100000 65536\n", err);
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	if (fd == 0)
		fd = ctr_fd_open_at(AT_FDCWD, path, O_RDONLY, 0, err);
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		continue;
	return fd;
}

int ctr_rootfs_host_findings(const char *dir, struct ctr_buf *ret_lines, struct ctr_error *err)
{
	_cleanup_close_ int userns_fd = -1;
	_cleanup_close_ int tree = -1;
	struct ctr_error why = { 0 };

	find_calls(ret_lines);
	userns_fd = make_userns(&why);
	if (userns_fd < 0) {
		ctr_buf_printf(
			ret_lines,
			"rootfs: user namespace: %s; raise sysctl user.max_user_namespaces, or set "
			"user_namespace: host\n",
			why.msg);
		return ctr_buf_check(ret_lines, err);
	}
	tree = ctr_tree_open(dir, 0, userns_fd, &why);
	if (tree < 0)
		ctr_buf_printf(ret_lines, "rootfs: id-mapped mounts: %s\n", why.msg);
	return ctr_buf_check(ret_lines, err);
}
