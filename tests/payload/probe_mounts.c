/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Probes of mounts, namespaces and other ways to another root. What succeeds is undone: in a
 * private mount namespace where one may be had, else by unmounting.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "payload.h"

/* <sys/mount.h> and <linux/mount.h> cannot both be included with this C library. */
int mount(const char *source, const char *target, const char *type, unsigned long flags,
	  const void *data);
int umount2(const char *target, int flags);
#define UMOUNT_DETACH 2

static int mount_and_undo(const char *type, const char *data)
{
	const char *dir = some_directory();

	try_private_mounts();
	if (mount("none", dir, type, 0, data) < 0)
		return errno;
	umount2(dir, UMOUNT_DETACH);
	return 0;
}

static int try_mount(const char *type)
{
	return mount_and_undo(type, NULL);
}

/* The v1 hierarchy that CVE-2022-0492 wants for its release_agent. */
static int try_mount_cgroup_v1(const char *controller)
{
	return mount_and_undo("cgroup", controller);
}

static int try_bind(const char *arg)
{
	const char *dir = some_directory();

	(void)arg;
	try_private_mounts();
	if (mount("/", dir, NULL, MS_BIND, NULL) < 0)
		return errno;
	umount2(dir, UMOUNT_DETACH);
	return 0;
}

/* Takes the read-only off a protected path. Not a mount point: EINVAL, and nothing was gained. */
static int try_remount_rw(const char *path)
{
	bool private_mounts = try_private_mounts();

	if (mount(NULL, path, NULL, MS_REMOUNT | MS_BIND, NULL) < 0)
		return errno;
	if (!private_mounts)
		mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
	return 0;
}

/* EINVAL when nothing is mounted there, behind the permission check. */
static int try_umount_mask(const char *path)
{
	try_private_mounts();
	return plain(umount2(path, UMOUNT_DETACH));
}

static int try_fsopen(const char *type)
{
	return plain(syscall(SYS_fsopen, type, 0));
}

static int try_open_tree(const char *path)
{
	return plain(syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE));
}

static int try_move_mount(const char *arg)
{
	(void)arg;
	return reached(syscall(SYS_move_mount, -1, "", -1, "",
			       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

static int try_mount_setattr(const char *arg)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_NODEV };

	(void)arg;
	return reached(syscall(SYS_mount_setattr, -1, "", AT_EMPTY_PATH, &attr, sizeof(attr)));
}

/* The root onto itself is EBUSY or EINVAL behind the permission check. */
static int try_pivot_root(const char *arg)
{
	(void)arg;
	return reached(syscall(SYS_pivot_root, "/", "/"));
}

static int try_unshare(const char *flag)
{
	return plain(unshare((int)strtol(flag, NULL, 16)));
}

static int child_result(long pid)
{
	if (pid < 0)
		return errno;
	if (pid == 0)
		_exit(0);
	waitpid((pid_t)pid, NULL, 0);
	return 0;
}

static int try_clone(const char *flag)
{
	return child_result(
		syscall(SYS_clone, strtol(flag, NULL, 16) | SIGCHLD, NULL, NULL, NULL, NULL));
}

static int try_clone3(const char *flag)
{
	struct clone_args args = { .flags = (uint64_t)strtol(flag, NULL, 16),
				   .exit_signal = SIGCHLD };

	return child_result(syscall(SYS_clone3, &args, sizeof(args)));
}

static int try_setns(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? errno : plain(setns(fd, 0));
}

/* Shocker: a file handle names an inode of the host's file system whatever the root is. */
static int try_handle(const char *arg)
{
	union {
		struct file_handle handle;
		char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = { .handle = { .handle_bytes = MAX_HANDLE_SZ } };
	int mount_id, fd, dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)arg;
	if (dir < 0)
		return errno;
	if (name_to_handle_at(dir, "", &u.handle, &mount_id, AT_EMPTY_PATH) < 0) {
		/* The root inode of most disk file systems. */
		u.handle.handle_bytes = 8;
		u.handle.handle_type = 1;
		memcpy(u.handle.f_handle, (const uint32_t[]){ 2, 0 }, 8);
	}
	fd = open_by_handle_at(dir, &u.handle, O_RDONLY | O_CLOEXEC);
	return fd >= 0 || errno == ESTALE ? 0 : errno;
}

static int try_chroot(const char *path)
{
	return plain(chroot(path));
}

static const struct attempt mount_attempts[] = {
	{ "tmpfs", try_mount, "tmpfs" },
	{ "proc", try_mount, "proc" },
	{ "sysfs", try_mount, "sysfs" },
	{ "overlay", try_mount, "overlay" },
	{ "bind", try_bind, NULL },
	{ "remount-/", try_remount_rw, "/" },
	{ "remount-/proc/sys", try_remount_rw, "/proc/sys" },
	{ "remount-/sys", try_remount_rw, "/sys" },
	{ "remount-/sys/fs/cgroup", try_remount_rw, "/sys/fs/cgroup" },
	{ "umount-mask", try_umount_mask, "/proc/kcore" },
	{ "fsopen-tmpfs", try_fsopen, "tmpfs" },
	{ "fsopen-ext4", try_fsopen, "ext4" },
	{ "open_tree", try_open_tree, "/" },
	{ "move_mount", try_move_mount, NULL },
	{ "mount_setattr", try_mount_setattr, NULL },
	{ "pivot_root", try_pivot_root, NULL },
	{ 0 },
};
static const struct attempt cgroup_mount[] = {
	{ "v1-memory", try_mount_cgroup_v1, "memory" },
	{ "v1-devices", try_mount_cgroup_v1, "devices" },
	{ "v2", try_mount, "cgroup2" },
	{ 0 },
};
static const struct attempt newuser[] = {
	{ "unshare", try_unshare, "10000000" },
	{ "clone", try_clone, "10000000" },
	{ "clone3", try_clone3, "10000000" },
	{ 0 },
};
static const struct attempt newns[] = {
	{ "unshare-mnt", try_unshare, "00020000" },  { "unshare-cgroup", try_unshare, "02000000" },
	{ "unshare-uts", try_unshare, "04000000" },  { "unshare-ipc", try_unshare, "08000000" },
	{ "unshare-pid", try_unshare, "20000000" },  { "unshare-net", try_unshare, "40000000" },
	{ "unshare-time", try_unshare, "00000080" }, { "clone-mnt", try_clone, "00020000" },
	{ "clone3-mnt", try_clone3, "00020000" },    { 0 },
};
static const struct attempt setns_attempts[] = {
	{ "own-net", try_setns, "/proc/self/ns/net" },
	{ "own-uts", try_setns, "/proc/self/ns/uts" },
	{ "init-mnt", try_setns, "/proc/1/ns/mnt" },
	{ 0 },
};
static const struct attempt handle[] = { { "open_by_handle_at", try_handle, NULL }, { 0 } };
static const struct attempt chroot_attempts[] = { { "/", try_chroot, "/" }, { 0 } };

const struct probe mount_probes[] = {
	{ "mount", false, mount_attempts },  { "cgroup_mount", false, cgroup_mount },
	{ "newuser", false, newuser },       { "newns", false, newns },
	{ "setns", false, setns_attempts },  { "open_by_handle_at", false, handle },
	{ "chroot", true, chroot_attempts }, { 0 },
};
