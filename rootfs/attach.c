/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Carries out one line of the plan inside the new root. Runs in init, as root of the container's
 * user namespace, in a mount namespace that nobody else is in yet. The root may be hostile: a
 * target is found with openat2(2) inside it and is from then on an fd; /dev is a fresh tmpfs, so
 * what lies below it is ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "common/path.h"
#include "common/sys.h"
#include "rootfs/rootfs_int.h"

static int refused(const char *fs, const char *target, struct ctr_error *err)
{
	(void)ctr_err_sys(err, "mount %s on %s", fs, target);
	if (err->sys_errno == EPERM && (!strcmp(fs, "proc") || !strcmp(fs, "sysfs"))) {
		/* Else a container saw through the cover: the kernel's mount_too_revealing(). */
		err->code = CTR_E_HOST;
		ctr_err_hint(
			err,
			"the host's own %s is partly covered by mounts or locked, so the kernel refuses a new one in "
			"a user namespace: uncover it, or set user_namespace: host",
			target);
	} else if (err->sys_errno == ENODEV) {
		err->code = CTR_E_HOST;
		ctr_err_hint(err, "this kernel lacks %s", fs);
	} else if (err->sys_errno == EINVAL && !strcmp(fs, "devpts")) {
		ctr_err_hint(err, "gid 5 must be one of the container's ids");
	}
	return -1;
}

static int configure(int fsfd, const char *data)
{
	char copy[256];
	char *rest = copy, *option;

	if (!data)
		return 0;
	(void)snprintf(copy, sizeof(copy), "%s", data);
	while ((option = strsep(&rest, ","))) {
		char *value = strchr(option, '=');
		int rc;

		if (value)
			*value++ = '\0';
		rc = value ? fsconfig(fsfd, FSCONFIG_SET_STRING, option, value, 0)
			   : fsconfig(fsfd, FSCONFIG_SET_FLAG, option, NULL, 0);
		if (rc < 0)
			return -1;
	}
	return 0;
}

int ctr_fs_mount(const char *fs, const char *data, uint64_t attr, const char *target,
		 struct ctr_error *err)
{
	_cleanup_close_ int fsfd = fsopen(fs, FSOPEN_CLOEXEC);
	int fd;

	if (fsfd < 0 || configure(fsfd, data) < 0 ||
	    fsconfig(fsfd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return refused(fs, target, err);
	fd = fsmount(fsfd, FSMOUNT_CLOEXEC, (unsigned int)attr);
	return fd < 0 ? refused(fs, target, err) : fd;
}

int ctr_tree_attach(int treefd, int targetfd, const char *target, struct ctr_error *err)
{
	if (move_mount(treefd, "", targetfd, "",
		       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return ctr_err_sys(err, "attach the mount on %s", target);
	return 0;
}

static bool is_link(int base, const char *path)
{
	_cleanup_close_ int fd =
		ctr_sys_openat2(base, path, O_PATH | O_NOFOLLOW, 0, RESOLVE_IN_ROOT);

	return fd >= 0 && ctr_fd_type(fd) == S_IFLNK;
}

/* Says what the user can do about a target that cannot be made. */
static int target_failed(int base, const char *path, const struct ctr_mount *mount,
			 struct ctr_error *err)
{
	switch (err->sys_errno) {
	case ELOOP:
	case ENOTDIR:
		if (mount->nolink && is_link(base, path))
			return ctr_err_set(
				err, CTR_E_SPEC,
				"%s in the root is a symbolic link; a root that redirects %s is refused, make it "
				"a directory",
				mount->target, mount->target);
		break;
	case ENOENT:
		return ctr_err_hint(err,
				    "a symbolic link on the way leads to nothing inside the root");
	case EROFS:
		return ctr_err_hint(err, "make it in the root beforehand, which is read-only");
	case EACCES:
	case EPERM:
	case EOVERFLOW:
		return ctr_err_hint(
			err,
			"the root directory must belong to the ids that the container maps (root of the host "
			"is root of the container)");
	default:
		break;
	}
	return -1;
}

/*
 * The file that a generated one is bound over, made when it is missing. In many distributions
 * /etc/resolv.conf is a link to a file that only a running system has: then the file is made where
 * the link points, inside the root.
 */
static int open_file_through_link(int rootfd, const char *target, struct ctr_error *err)
{
	_cleanup_close_ int parent = -1, dir = -1, made = -1;
	const char *slash = strrchr(target, '/');
	char up[PATH_MAX], text[PATH_MAX];
	ssize_t n;

	(void)snprintf(up, sizeof(up), "%.*s", slash == target ? 1 : (int)(slash - target), target);
	parent = ctr_path_open_in(rootfd, up, O_PATH | O_DIRECTORY, err);
	if (parent < 0)
		return -1;
	n = readlinkat(parent, slash + 1, text, sizeof(text) - 1);
	if (n <= 0)
		return ctr_err_sys(err, "read the link %s", target);
	text[n] = '\0';
	if (*text == '/') {
		(void)snprintf(up, sizeof(up), "%s", text);
	} else if (snprintf(up, sizeof(up), "%.*s/%s", (int)(slash - target), target, text) >=
		   (int)sizeof(up)) {
		errno = ENAMETOOLONG;
		return ctr_err_sys(err, "create %s in the root", target);
	}
	*strrchr(up, '/') = '\0';
	dir = ctr_path_mkdir_in(rootfd, *up ? up : "/", 0755, err);
	if (dir < 0)
		return -1;
	made = ctr_sys_openat2(rootfd, target, O_CREAT | O_RDONLY | O_NONBLOCK | O_NOCTTY, 0644,
			       RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	if (made < 0)
		return ctr_err_sys(err, "create %s in the root", target);
	return ctr_path_open_in(rootfd, target, O_PATH, err);
}

/* An O_PATH fd of the place to mount on, made when it is missing. */
static int open_target(const struct ctr_build *build, const struct ctr_mount *mount, bool directory,
		       struct ctr_error *err)
{
	bool in_dev = build->devfd >= 0 && !strncmp(mount->target, "/dev/", 5);
	int base = in_dev ? build->devfd : build->rootfd;
	const char *path = in_dev ? mount->target + 4 : mount->target;
	int fd;

	if (directory) {
		fd = mount->nolink ? ctr_path_mkdir_in_nolink(base, path, 0755, err)
				   : ctr_path_mkdir_in(base, path, 0755, err);
	} else {
		fd = ctr_path_create_in(base, path, 0644, err);
		if (fd < 0 && err->sys_errno == EEXIST)
			fd = open_file_through_link(base, path, err);
	}
	return fd < 0 ? target_failed(base, path, mount, err) : fd;
}

/* Whether it is one of ctr's own in the /dev that ctr made: a single name needs no lookup and no
 * fd. */
static bool is_own_node(const struct ctr_build *build, const struct ctr_mount *mount)
{
	return mount->nolink && build->devfd >= 0 && !strncmp(mount->target, "/dev/", 5) &&
	       !strchr(mount->target + 5, '/');
}

static int attach_node(const struct ctr_build *build, int treefd, bool directory,
		       const struct ctr_mount *mount, struct ctr_error *err)
{
	const char *name = mount->target + 5;
	int rc = directory ? mkdirat(build->devfd, name, 0755)
			   : mknodat(build->devfd, name, S_IFREG | 0644, 0);

	if (rc < 0)
		return ctr_err_sys(err, "create %s", mount->target);
	if (move_mount(treefd, "", build->devfd, name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return ctr_err_sys(err, "attach the mount on %s", mount->target);
	return 0;
}

static int attach_fs(struct ctr_build *build, const struct ctr_mount *mount, const char *fs,
		     struct ctr_error *err)
{
	bool own = is_own_node(build, mount);
	_cleanup_close_ int targetfd = -1;
	_cleanup_close_ int fd = -1;

	targetfd = own ? -1 : open_target(build, mount, true, err);
	if (targetfd < 0 && !own)
		return -1;
	fd = ctr_fs_mount(fs, mount->data, mount->attr, mount->target, err);
	if (fd < 0)
		return -1;
	if ((own ? attach_node(build, fd, true, mount, err)
		 : ctr_tree_attach(fd, targetfd, mount->target, err)) < 0)
		return -1;
	if (mount->kind == CTR_MOUNT_TMPFS && !strcmp(mount->target, "/dev"))
		build->devfd = ctr_take_fd(&fd);
	else if (mount->kind == CTR_MOUNT_DEVPTS)
		build->ptsfd = ctr_take_fd(&fd);
	return 0;
}

static int attach_bind(struct ctr_build *build, const struct ctr_mount *mount,
		       struct ctr_error *err)
{
	_cleanup_close_ int targetfd = -1;
	struct stat st;
	int treefd;

	if (build->next_fd >= build->fds->n)
		return ctr_err_set(err, CTR_E_INTERNAL, "no tree was opened for %s", mount->target);
	treefd = build->fds->fds[build->next_fd++];
	if (is_own_node(build, mount))
		return attach_node(build, treefd, false, mount, err);
	if (fstat(treefd, &st) < 0)
		return ctr_err_sys(err, "stat %s", mount->source);
	targetfd = open_target(build, mount, S_ISDIR(st.st_mode), err);
	if (targetfd < 0)
		return mount->optional ? 0 : -1;
	if (ctr_tree_attach(treefd, targetfd, mount->target, err) == 0)
		return 0;
	if (err->sys_errno == ENOTDIR || err->sys_errno == EINVAL)
		ctr_err_hint(err, "%s is a %s, the target must be one too", mount->source,
			     S_ISDIR(st.st_mode) ? "directory" : "file");
	return mount->optional ? 0 : -1;
}

static int make_dir(const struct ctr_build *build, const struct ctr_mount *mount,
		    struct ctr_error *err)
{
	int fd = ctr_path_mkdir_in(build->rootfd, mount->target,
				   (mode_t)strtoul(mount->data, NULL, 8), err);

	if (fd < 0)
		return -1;
	(void)close(fd);
	return 0;
}

/* Symbolic links are only made in /dev and in the tmpfs root of kind HOST, both of which are fresh.
 */
static int make_symlink(const struct ctr_build *build, const struct ctr_mount *mount,
			struct ctr_error *err)
{
	bool in_dev = build->devfd >= 0 && !strncmp(mount->target, "/dev/", 5);
	int rc = in_dev ? symlinkat(mount->source, build->devfd, mount->target + 5)
			: symlinkat(mount->source, build->rootfd, mount->target + 1);

	return rc < 0 ? ctr_err_sys(err, "create the link %s", mount->target) : 0;
}

static int write_file(int dirfd, const char *name, const char *text, struct ctr_error *err)
{
	_cleanup_close_ int fd =
		openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0)
		return ctr_err_sys(err, "create %s", name);
	return ctr_fd_write_all(fd, text, strlen(text), err);
}

/*
 * A root that is used as it is does not get our file: one of the tmpfs on /dev is bound over its
 * own, if it has one.
 */
static int bind_file(const struct ctr_build *build, const struct ctr_mount *mount,
		     struct ctr_error *err)
{
	static const char name[] = ".generated";
	_cleanup_close_ int targetfd = -1, treefd = -1;
	int rc;

	targetfd = ctr_path_open_in(build->rootfd, mount->target, O_PATH, err);
	if (targetfd < 0 || ctr_fd_type(targetfd) != S_IFREG)
		return 0;
	rc = write_file(build->devfd, name, mount->source, err);
	treefd = rc < 0 ? -1 : open_tree(build->devfd, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (rc == 0 && treefd < 0)
		rc = ctr_err_sys(err, "clone %s", mount->target);
	if (rc == 0)
		rc = ctr_tree_attach(treefd, targetfd, mount->target, err);
	/* The file stays alive by its mount. */
	(void)unlinkat(build->devfd, name, 0);
	return rc;
}

static int make_file(const struct ctr_build *build, const struct ctr_mount *mount,
		     struct ctr_error *err)
{
	bool in_dev = build->devfd >= 0 && !strncmp(mount->target, "/dev/", 5);

	if (mount->optional)
		return bind_file(build, mount, err);
	return in_dev ? write_file(build->devfd, mount->target + 5, mount->source, err)
		      : write_file(build->rootfd, mount->target + 1, mount->source, err);
}

int ctr_build_attach(struct ctr_build *build, const struct ctr_mount *mount, struct ctr_error *err)
{
	switch (mount->kind) {
	case CTR_MOUNT_BIND:
		return attach_bind(build, mount, err);
	case CTR_MOUNT_TMPFS:
		return attach_fs(build, mount, "tmpfs", err);
	case CTR_MOUNT_PROC:
		return attach_fs(build, mount, "proc", err);
	case CTR_MOUNT_SYSFS:
		return attach_fs(build, mount, "sysfs", err);
	case CTR_MOUNT_DEVPTS:
		return attach_fs(build, mount, "devpts", err);
	case CTR_MOUNT_MQUEUE:
		return attach_fs(build, mount, "mqueue", err);
	case CTR_MOUNT_CGROUP2:
		return attach_fs(build, mount, "cgroup2", err);
	case CTR_MOUNT_DIR:
		return make_dir(build, mount, err);
	case CTR_MOUNT_SYMLINK:
		return make_symlink(build, mount, err);
	case CTR_MOUNT_FILE:
		return make_file(build, mount, err);
	case CTR_MOUNT_MASK:
	case CTR_MOUNT_READONLY:
		break; /* ctr_rootfs_seal() */
	}
	return 0;
}
