/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hides and write-protects what the kernel shows too much of. Runs in init after the pivot and
 * after the sysctls were written. A file is covered by the host's /dev/null, through the fd that
 * the monitor opened and checked, never through the container's /dev (CVE-2025-31133); a directory
 * by one empty read-only tmpfs that all of them share.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "common/path.h"
#include "common/sys.h"
#include "rootfs/rootfs_int.h"

struct seal {
	int rootfd;
	int procfd, sysfd; /* checked: what is hidden lies below them even if somebody renames in
			      the root */
	int nullfd;        /* the host's /dev/null, attached at the container's /dev/null */
	int emptyfd;       /* the shared tmpfs once it is attached, else -1 */
};

static int clone_of(int fd, const char *what, struct ctr_error *err)
{
	int clone = open_tree(fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	return clone < 0 ? ctr_err_sys(err, "clone the mount for %s", what) : clone;
}

/* What is there, or -1 with *ret_absent when there is nothing and that is fine. */
static int open_present(const struct seal *seal, const char *path, bool *ret_absent,
			struct ctr_error *err)
{
	bool proc = !strncmp(path, "/proc/", 6), sys = !strncmp(path, "/sys/", 5);
	int fd = ctr_sys_openat2(proc  ? seal->procfd
				 : sys ? seal->sysfd
				       : seal->rootfd,
				 proc  ? path + 5
				 : sys ? path + 4
				       : path,
				 O_PATH, 0,
				 RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS);

	*ret_absent = fd < 0 && (errno == ENOENT || errno == ENOTDIR);
	return fd < 0 && !*ret_absent ? ctr_err_sys(err, "open %s", path) : fd;
}

static int mask_directory(struct seal *seal, int targetfd, const char *path, struct ctr_error *err)
{
	_cleanup_close_ int fd = -1;

	fd = seal->emptyfd < 0 ? ctr_fs_mount("tmpfs", "size=4096,mode=555,nr_inodes=2",
					      CTR_ATTR_API | MOUNT_ATTR_RDONLY, path, err)
			       : clone_of(seal->emptyfd, path, err);
	if (fd < 0 || ctr_tree_attach(fd, targetfd, path, err) < 0)
		return -1;
	if (seal->emptyfd < 0)
		seal->emptyfd = ctr_take_fd(&fd);
	return 0;
}

static int mask_file(const struct seal *seal, int targetfd, const char *path, struct ctr_error *err)
{
	_cleanup_close_ int fd = clone_of(seal->nullfd, path, err);

	return fd < 0 ? -1 : ctr_tree_attach(fd, targetfd, path, err);
}

static int mask(struct seal *seal, const char *path, bool *ret_absent, struct ctr_error *err)
{
	_cleanup_close_ int targetfd = open_present(seal, path, ret_absent, err);
	struct stat st;

	if (targetfd < 0)
		return *ret_absent ? 0 : -1;
	if (fstat(targetfd, &st) < 0)
		return ctr_err_sys(err, "stat %s", path);
	return S_ISDIR(st.st_mode) ? mask_directory(seal, targetfd, path, err)
				   : mask_file(seal, targetfd, path, err);
}

/* A pattern with a star for the numbers of the CPUs. */
static int mask_numbered(struct seal *seal, const char *pattern, struct ctr_error *err)
{
	const char *star = strchr(pattern, '*');
	long configured = 0;
	char path[256];

	for (long i = 0; i == 0 || i < configured; i++) {
		bool absent;

		(void)snprintf(path, sizeof(path), "%.*s%ld%s", (int)(star - pattern), pattern, i,
			       star + 1);
		if (mask(seal, path, &absent, err) < 0)
			return -1;
		/* Virtual machines have none: they need not count their CPUs. */
		if (i == 0 && absent)
			return 0;
		if (i == 0)
			configured = sysconf(_SC_NPROCESSORS_CONF);
	}
	return 0;
}

static int make_readonly(const struct seal *seal, const char *path, struct ctr_error *err)
{
	struct mount_attr set = { .attr_set = MOUNT_ATTR_RDONLY };
	bool absent;
	_cleanup_close_ int targetfd = open_present(seal, path, &absent, err);
	_cleanup_close_ int fd = -1;

	if (targetfd < 0)
		return absent ? 0 : -1;
	fd = clone_of(targetfd, path, err);
	if (fd < 0)
		return -1;
	if (mount_setattr(fd, "", AT_EMPTY_PATH, &set, sizeof(set)) < 0)
		return ctr_err_sys(err, "make %s read-only", path);
	return ctr_tree_attach(fd, targetfd, path, err);
}

/* The fd that belongs to the plan's /dev/null, as ctr_rootfs_open() counts them. */
static int find_null(const struct ctr_mount_plan *plan, const struct ctr_rootfs_fds *fds)
{
	size_t n = plan->kind == CTR_ROOTFS_PATH;

	for (size_t i = 0; i < plan->n_mounts; i++) {
		if (plan->mounts[i].kind != CTR_MOUNT_BIND)
			continue;
		if (plan->mounts[i].nolink && !strcmp(plan->mounts[i].target, "/dev/null"))
			return n < fds->n ? fds->fds[n] : -1;
		n++;
	}
	return -1;
}

static int seal_all(struct seal *seal, const struct ctr_mount_plan *plan, struct ctr_error *err)
{
	struct mount_attr set = { .attr_set = MOUNT_ATTR_RDONLY };

	for (size_t i = 0; i < plan->n_mounts; i++) {
		const struct ctr_mount *mount = &plan->mounts[i];
		bool absent;
		int rc = 0;

		if (mount->kind == CTR_MOUNT_READONLY)
			rc = make_readonly(seal, mount->target, err);
		else if (mount->kind == CTR_MOUNT_MASK)
			rc = strchr(mount->target, '*') ? mask_numbered(seal, mount->target, err)
							: mask(seal, mount->target, &absent, err);
		if (rc < 0)
			return -1;
	}
	if (plan->readonly && mount_setattr(seal->rootfd, "", AT_EMPTY_PATH, &set, sizeof(set)) < 0)
		return ctr_err_sys(err, "make the root read-only");
	return 0;
}

/* The root of the kernel's file system at path: a plain directory there would make every mask a
 * no-op. */
static int open_checked(int rootfd, const char *path, unsigned long magic, struct ctr_error *err)
{
	_cleanup_close_ int fd = ctr_path_open_in_nolink(rootfd, path, O_PATH | O_DIRECTORY, err);
	struct statfs st;

	if (fd < 0)
		return -1;
	if (fstatfs(fd, &st) < 0)
		return ctr_err_sys(err, "statfs %s", path);
	if ((unsigned long)st.f_type != magic)
		return ctr_err_set(err, CTR_E_SPEC, "%s was exchanged while the container was made",
				   path);
	return ctr_take_fd(&fd);
}

int ctr_rootfs_seal(const struct ctr_mount_plan *plan, const struct ctr_rootfs_fds *fds,
		    struct ctr_error *err)
{
	_cleanup_close_ int rootfd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int procfd = -1, sysfd = -1;
	struct seal seal = { .rootfd = rootfd, .nullfd = find_null(plan, fds), .emptyfd = -1 };
	int rc;

	if (rootfd < 0)
		return ctr_err_sys(err, "open /");
	procfd = open_checked(rootfd, "/proc", PROC_SUPER_MAGIC, err);
	sysfd = procfd < 0 ? -1 : open_checked(rootfd, "/sys", SYSFS_MAGIC, err);
	if (sysfd < 0)
		return -1;
	seal.procfd = procfd;
	seal.sysfd = sysfd;
	if (seal.nullfd < 0)
		return ctr_err_set(err, CTR_E_INTERNAL, "no tree was opened for /dev/null");
	rc = seal_all(&seal, plan, err);
	ctr_cleanup_close(&seal.emptyfd);
	return rc;
}
