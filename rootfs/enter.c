/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Init's half: builds the root and makes it "/". Runs in the new mount namespace, single-threaded,
 * with the trees that the monitor opened. The namespace is a copy of the host's; until the last
 * step everything of the host is still there, because the kernel only lets a user namespace mount
 * proc and sysfs while it sees the host's.
 *
 * The new root is attached over "/", where it hides nothing that we need and no directory of the
 * host is involved; pivot_root(".", ".") then swaps the two, and the old root is detached from
 * above (pivot_root(2), NOTES).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "common/sys.h"
#include "rootfs/rootfs_int.h"

static int attach_root(struct ctr_build *build, struct ctr_error *err)
{
	const struct ctr_mount_plan *plan = build->plan;

	if (plan->kind == CTR_ROOTFS_PATH) {
		if (build->fds->n == 0)
			return ctr_err_set(err, CTR_E_INTERNAL, "no tree was opened for the root");
		build->rootfd = fcntl(build->fds->fds[build->next_fd++], F_DUPFD_CLOEXEC, 3);
		if (build->rootfd < 0)
			return ctr_err_sys(err, "duplicate an fd");
	} else {
		build->rootfd =
			ctr_fs_mount("tmpfs", "size=65536k,mode=755", CTR_ATTR_DATA, "/", err);
		if (build->rootfd < 0)
			return -1;
	}
	if (move_mount(build->rootfd, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return ctr_err_sys(err, "attach the root %s", plan->root ? plan->root : "tmpfs");
	return 0;
}

static int swap_roots(int rootfd, struct ctr_error *err)
{
	if (fchdir(rootfd) < 0)
		return ctr_err_sys(err, "change to the new root");
	if (ctr_sys_pivot_root(".", ".") < 0) {
		(void)ctr_err_sys(err, "pivot_root");
		if (err->sys_errno == EINVAL)
			ctr_err_hint(err,
				     "ctr cannot run while the host itself runs from an initramfs");
		return -1;
	}
	if (umount2(".", MNT_DETACH) < 0)
		return ctr_err_sys(err, "detach the old root");
	if (chdir("/") < 0)
		return ctr_err_sys(err, "change to /");
	return 0;
}

static int open_ptmx(int ptsfd, struct ctr_error *err)
{
	int unlock = 0;
	_cleanup_close_ int fd = openat(ptsfd, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return ctr_err_sys(err, "open /dev/pts/ptmx");
	if (ioctl(fd, TIOCSPTLCK, &unlock) < 0)
		return ctr_err_sys(err, "unlock the terminal");
	return ctr_take_fd(&fd);
}

static int build_root(struct ctr_build *build, int *ret_ptmx_fd, struct ctr_error *err)
{
	struct mount_attr private = { .propagation = MS_PRIVATE };
	_cleanup_close_ int ptmx = -1;

	/* Else pivot_root refuses, and what is mounted here would appear on the host. */
	if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &private, sizeof(private)) < 0)
		return ctr_err_sys(err, "make the mounts private");
	if (attach_root(build, err) < 0)
		return -1;
	for (size_t i = 0; i < build->plan->n_mounts; i++)
		if (ctr_build_attach(build, &build->plan->mounts[i], err) < 0)
			return -1;
	if (build->plan->terminal) {
		ptmx = open_ptmx(build->ptsfd, err);
		if (ptmx < 0)
			return -1;
	}
	if (swap_roots(build->rootfd, err) < 0)
		return -1;
	*ret_ptmx_fd = ctr_take_fd(&ptmx);
	return 0;
}

int ctr_rootfs_enter(const struct ctr_mount_plan *plan, const struct ctr_rootfs_fds *fds,
		     int *ret_ptmx_fd, struct ctr_error *err)
{
	struct ctr_build build = {
		.plan = plan, .fds = fds, .rootfd = -1, .devfd = -1, .ptsfd = -1
	};
	/* The modes of what is made are those of the plan. */
	mode_t mask = umask(0);
	int rc = build_root(&build, ret_ptmx_fd, err);

	(void)umask(mask);
	ctr_cleanup_close(&build.rootfd);
	ctr_cleanup_close(&build.devfd);
	ctr_cleanup_close(&build.ptsfd);
	return rc;
}
