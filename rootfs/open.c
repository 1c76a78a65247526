/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The monitor's half: opens what the host shares with the container as detached mount trees. Runs
 * in the host's mount namespace with CAP_SYS_ADMIN over it; the paths are those of the
 * specification and of ctr itself, which are trusted. A clone of a shared mount would be its peer,
 * so that what is mounted below it in the container appeared on the host: every tree is made
 * private before it is handed over (mount_namespaces(7)).
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "rootfs/rootfs_int.h"

static const struct {
	unsigned long magic;
	const char *name;
} fs_names[] = {
	{ 0xef53, "ext4" },         { 0x58465342, "xfs" },     { 0x9123683e, "btrfs" },
	{ 0x01021994, "tmpfs" },    { 0x794c7630, "overlay" }, { 0x2fc12fc1, "zfs" },
	{ 0x6969, "nfs" },          { 0x65735546, "fuse" },    { 0x01021997, "9p" },
	{ 0x4d44, "vfat" },         { 0xff534d42, "cifs" },    { 0xf2f52010, "f2fs" },
	{ 0x9fa0, "proc" },         { 0x62656572, "sysfs" },   { 0x73717368, "squashfs" },
	{ 0xca451a4e, "bcachefs" },
};

/* Majors and minors that Linux never changes (devices.txt): what a node of this name must be. */
static const struct {
	const char *path;
	unsigned int major, minor;
} known_nodes[] = {
	{ "/dev/null", 1, 3 },   { "/dev/zero", 1, 5 },    { "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};

const char *ctr_fs_name(int fd, char buf[static 32])
{
	struct statfs st;

	if (fstatfs(fd, &st) < 0)
		return "unknown";
	for (size_t i = 0; i < CTR_ARRAY_LEN(fs_names); i++)
		if ((unsigned long)st.f_type == fs_names[i].magic)
			return fs_names[i].name;
	(void)snprintf(buf, 32, "type 0x%lx", (unsigned long)st.f_type);
	return buf;
}

static int no_idmap(int fd, const char *path, int error, struct ctr_error *err)
{
	char buf[32];

	/* The kernel refuses a second mapping with EPERM, a file system without support with
	 * EINVAL. */
	if (error == EPERM)
		return ctr_err_set(
			err, CTR_E_HOST,
			"map the ids of %s: its mount is id-mapped already; name the directory by its "
			"unmapped mount, or set user_namespace: host",
			path);
	return ctr_err_set(
		err, CTR_E_HOST,
		"map the ids of %s: the file system (%s) cannot be id-mapped by this kernel; put it on ext4, "
		"xfs or btrfs, or set user_namespace: host",
		path, ctr_fs_name(fd, buf));
}

int ctr_tree_open(const char *path, uint64_t attr, int userns_fd, struct ctr_error *err)
{
	struct mount_attr set = { .attr_set = attr, .propagation = MS_PRIVATE };
	_cleanup_close_ int fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (fd < 0) {
		int error = errno;

		(void)ctr_err_sys(err, "open %s", path);
		if (error == ENOENT || error == ENOTDIR)
			return ctr_err_set(err, CTR_E_NOTFOUND, "%s does not exist on the host",
					   path);
		if (error == ENOSYS) {
			err->code = CTR_E_HOST;
			return ctr_err_hint(err, "ctr needs the mount API of Linux 5.12");
		}
		return -1;
	}
	if (userns_fd >= 0) {
		set.attr_set |= MOUNT_ATTR_IDMAP;
		set.userns_fd = (uint64_t)userns_fd;
	}
	if (mount_setattr(fd, "", AT_EMPTY_PATH, &set, sizeof(set)) < 0) {
		if (userns_fd >= 0 && (errno == EINVAL || errno == EPERM))
			return no_idmap(fd, path, errno, err);
		return ctr_err_sys(err, "set the mount attributes of %s", path);
	}
	return ctr_take_fd(&fd);
}

/* Nobody but root can change the host's /dev, but a wrong node would be a wrong mask of every
 * container. */
static int check_node(int fd, const char *path, struct ctr_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return ctr_err_sys(err, "stat %s", path);
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return ctr_err_set(err, CTR_E_HOST, "%s on the host is not a device", path);
	for (size_t i = 0; i < CTR_ARRAY_LEN(known_nodes); i++) {
		if (strcmp(path, known_nodes[i].path))
			continue;
		if (!S_ISCHR(st.st_mode) ||
		    st.st_rdev != makedev(known_nodes[i].major, known_nodes[i].minor))
			return ctr_err_set(err, CTR_E_HOST,
					   "%s on the host is device %u:%u, not %u:%u", path,
					   major(st.st_rdev), minor(st.st_rdev),
					   known_nodes[i].major, known_nodes[i].minor);
	}
	return 0;
}

static int open_bind(const struct ctr_mount *mount, int userns_fd, struct ctr_error *err)
{
	bool device = mount->nolink && ctr_path_below(mount->source, "/dev");
	_cleanup_close_ int fd =
		ctr_tree_open(mount->source, mount->attr, mount->idmap ? userns_fd : -1, err);

	if (fd < 0 || (device && check_node(fd, mount->source, err) < 0))
		return -1;
	return ctr_take_fd(&fd);
}

/* Device nodes on the root's own file system stay closed: /dev has what the container may use. */
static int open_root(const char *path, int userns_fd, struct ctr_error *err)
{
	_cleanup_close_ int fd = ctr_tree_open(path, MOUNT_ATTR_NODEV, userns_fd, err);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return ctr_err_sys(err, "stat %s", path);
	if (!S_ISDIR(st.st_mode))
		return ctr_err_set(err, CTR_E_SPEC, "the root %s is not a directory", path);
	return ctr_take_fd(&fd);
}

static int open_all(const struct ctr_mount_plan *plan, int userns_fd, struct ctr_rootfs_fds *fds,
		    struct ctr_error *err)
{
	if (plan->kind == CTR_ROOTFS_PATH) {
		fds->fds[0] = open_root(plan->root, userns_fd, err);
		if (fds->fds[0] < 0)
			return -1;
		fds->n = 1;
	}
	for (size_t i = 0; i < plan->n_mounts; i++) {
		if (plan->mounts[i].kind != CTR_MOUNT_BIND)
			continue;
		if (fds->n == CTR_ROOTFS_MAX_FDS)
			return ctr_err_set(err, CTR_E_INTERNAL, "the plan has too many trees");
		fds->fds[fds->n] = open_bind(&plan->mounts[i], userns_fd, err);
		if (fds->fds[fds->n] < 0)
			return -1;
		fds->n++;
	}
	return plan->lock && userns_fd >= 0 ? ctr_rootfs_lock(fds, userns_fd, err) : 0;
}

int ctr_rootfs_open(const struct ctr_mount_plan *plan, int userns_fd,
		    struct ctr_rootfs_fds *ret_fds, struct ctr_error *err)
{
	ret_fds->n = 0;
	if (open_all(plan, userns_fd, ret_fds, err) < 0) {
		ctr_rootfs_fds_done(ret_fds);
		return -1;
	}
	return 0;
}

void ctr_rootfs_fds_done(struct ctr_rootfs_fds *fds)
{
	for (size_t i = 0; i < fds->n; i++)
		ctr_cleanup_close(&fds->fds[i]);
	fds->n = 0;
}
