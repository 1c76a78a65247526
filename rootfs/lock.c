/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Flags that hold against the container's root. A payload with CAP_SYS_ADMIN in its user namespace
 * owns the mount namespace and may clear read-only, nosuid and nodev of any mount in it, unless the
 * kernel has locked the flag: it does so when a mount namespace is copied into another user
 * namespace (mount_namespaces(7), "Restrictions on mount namespaces"), and a clone of such a mount
 * keeps the lock. So a short-lived helper process attaches the trees in a mount namespace of its
 * own, enters the container's user namespace, copies the mount namespace, and clones them.
 *
 * The helper is forked by the monitor (single-threaded, CAP_SYS_ADMIN) and shares its table of fds:
 * it replaces each tree under the same number. It runs no program and touches no path of host or
 * container.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common/sys.h"
#include "rootfs/rootfs_int.h"

static int helper_attach(const struct ctr_rootfs_fds *fds, int tmpfd, struct ctr_error *err)
{
	for (size_t i = 0; i < fds->n; i++) {
		struct stat st;
		char name[24];
		int rc;

		(void)snprintf(name, sizeof(name), "%zu", i);
		if (fstat(fds->fds[i], &st) < 0)
			return ctr_err_sys(err, "stat tree %zu", i);
		rc = S_ISDIR(st.st_mode) ? mkdirat(tmpfd, name, 0700)
					 : mknodat(tmpfd, name, S_IFREG | 0600, 0);
		if (rc < 0)
			return ctr_err_sys(err, "make a mount point for tree %zu", i);
		if (move_mount(fds->fds[i], "", tmpfd, name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
			return ctr_err_sys(err, "attach tree %zu", i);
	}
	return 0;
}

static int helper_replace(const struct ctr_rootfs_fds *fds, struct ctr_error *err)
{
	for (size_t i = 0; i < fds->n; i++) {
		_cleanup_close_ int fd = -1;
		char name[24];

		(void)snprintf(name, sizeof(name), "%zu", i);
		fd = open_tree(AT_FDCWD, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		if (fd < 0)
			return ctr_err_sys(err, "clone tree %zu", i);
		if (dup3(fd, fds->fds[i], O_CLOEXEC) < 0)
			return ctr_err_sys(err, "replace tree %zu", i);
	}
	return 0;
}

static int helper(const struct ctr_rootfs_fds *fds, int userns_fd, struct ctr_error *err)
{
	struct mount_attr private = { .propagation = MS_PRIVATE };
	_cleanup_close_ int tmpfd = -1;

	if (unshare(CLONE_NEWNS) < 0)
		return ctr_err_sys(err, "make a mount namespace");
	if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &private, sizeof(private)) < 0)
		return ctr_err_sys(err, "make the mounts private");
	tmpfd = ctr_fs_mount("tmpfs", "mode=700,size=4096k", CTR_ATTR_API, "/", err);
	if (tmpfd < 0)
		return -1;
	if (move_mount(tmpfd, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return ctr_err_sys(err, "attach a tmpfs");
	/* The working directory is translated into the copy, an fd is not. */
	if (helper_attach(fds, tmpfd, err) < 0)
		return -1;
	if (fchdir(tmpfd) < 0)
		return ctr_err_sys(err, "change to the tmpfs");
	if (setns(userns_fd, CLONE_NEWUSER) < 0)
		return ctr_err_sys(err, "enter the user namespace");
	if (unshare(CLONE_NEWNS) < 0)
		return ctr_err_sys(err, "copy the mount namespace");
	return helper_replace(fds, err);
}

int ctr_rootfs_lock(struct ctr_rootfs_fds *fds, int userns_fd, struct ctr_error *err)
{
	/* exit_signal 0: the monitor's SIGCHLD handling does not see the helper. */
	struct clone_args args = { .flags = CLONE_FILES };
	struct ctr_error *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = 0, rc = 0;
	pid_t pid;

	if (shared == MAP_FAILED)
		return ctr_err_sys(err, "map memory");
	pid = ctr_sys_clone3(&args);
	if (pid == 0)
		_exit(helper(fds, userns_fd, shared) < 0);
	if (pid < 0)
		rc = ctr_err_sys(err, "clone a helper that locks the mount flags");
	while (rc == 0 && waitpid(pid, &status, __WALL) < 0)
		if (errno != EINTR)
			rc = ctr_err_sys(err, "wait for the helper that locks the mount flags");
	if (rc == 0 && status != 0) {
		if (WIFEXITED(status) && shared->code != CTR_OK) {
			*err = *shared;
			rc = ctr_err_wrap(err, "lock the mount flags");
		} else {
			rc = ctr_err_set(err, CTR_E_PEER,
					 "the helper that locks the mount flags died");
		}
	}
	(void)munmap(shared, sizeof(*shared));
	return rc;
}
