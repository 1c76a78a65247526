/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Resolution inside an untrusted root. Runs in the monitor (host side) and in init and exec before execve.
 * The root may be hostile and may change while we look at it; a directory is made one component at a
 * time, each relative to the fd of its parent.
 */
#include "common/path.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "common/sys.h"

static int open_resolved(int rootfd, const char *path, int flags, uint64_t resolve,
			 struct ctr_error *err)
{
	int fd = ctr_sys_openat2(rootfd, path, (uint64_t)flags, 0, resolve);

	if (fd >= 0)
		return fd;
	if (errno == ENOSYS || errno == EPERM) {
		(void)ctr_err_sys(err, "openat2 %s", path);
		if (err->sys_errno == ENOSYS) {
			err->code = CTR_E_HOST;
			ctr_err_hint(
				err,
				"ctr needs openat2 (Linux 5.6); an outer seccomp filter may hide it");
		}
		return -1;
	}
	(void)ctr_err_sys(err, "open %s in the root", path);
	if (err->sys_errno == ELOOP && (resolve & RESOLVE_NO_SYMLINKS))
		ctr_err_hint(err, "a symbolic link is refused here");
	return -1;
}

int ctr_path_open_in(int rootfd, const char *path, int flags, struct ctr_error *err)
{
	return open_resolved(rootfd, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, err);
}

int ctr_path_open_in_nolink(int rootfd, const char *path, int flags, struct ctr_error *err)
{
	return open_resolved(rootfd, path, flags | O_NOFOLLOW,
			     RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS, err);
}

static int open_dir(int rootfd, const char *path, bool nolink, struct ctr_error *err)
{
	return nolink ? ctr_path_open_in_nolink(rootfd, path, O_PATH | O_DIRECTORY, err)
		      : ctr_path_open_in(rootfd, path, O_PATH | O_DIRECTORY, err);
}

/*
 * Makes one level. The parent is resolved in the root; the last component is made at the parent's fd, where
 * mkdirat(2) never follows a link, and is then looked up again from the root.
 */
static int make_level(int rootfd, const char *path, mode_t mode, bool nolink, struct ctr_error *err)
{
	_cleanup_close_ int parent = -1;
	char copy[PATH_MAX];
	const char *dir = "/", *name = copy;
	char *slash;
	int fd = open_dir(rootfd, path, nolink, err);

	if (fd >= 0 || err->sys_errno != ENOENT)
		return fd;
	(void)snprintf(copy, sizeof(copy), "%s", path);
	slash = strrchr(copy, '/');
	if (slash) {
		*slash = '\0';
		name = slash + 1;
		dir = *copy ? copy : "/";
	}
	parent = open_dir(rootfd, dir, nolink, err);
	if (parent < 0)
		return -1;
	if (mkdirat(parent, name, mode) < 0 && errno != EEXIST)
		return ctr_err_sys(err, "create directory %s in the root", path);
	return open_dir(rootfd, path, nolink, err);
}

static int mkdir_levels(int rootfd, const char *path, mode_t mode, bool nolink,
			struct ctr_error *err)
{
	char part[PATH_MAX];
	int fd;

	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part)) {
		errno = ENAMETOOLONG;
		return ctr_err_sys(err, "create directory %s in the root", path);
	}
	/* The usual case: it is there. */
	fd = open_dir(rootfd, part, nolink, err);
	if (fd >= 0 || err->sys_errno != ENOENT)
		return fd;
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		fd = make_level(rootfd, part, mode, nolink, err);
		if (fd < 0)
			return -1;
		(void)close(fd);
		*slash = '/';
	}
	return make_level(rootfd, part, mode, nolink, err);
}

int ctr_path_mkdir_in(int rootfd, const char *path, mode_t mode, struct ctr_error *err)
{
	return mkdir_levels(rootfd, path, mode, false, err);
}

int ctr_path_mkdir_in_nolink(int rootfd, const char *path, mode_t mode, struct ctr_error *err)
{
	return mkdir_levels(rootfd, path, mode, true, err);
}

int ctr_path_create_in(int rootfd, const char *path, mode_t mode, struct ctr_error *err)
{
	_cleanup_close_ int parent = -1;
	_cleanup_close_ int made = -1;
	char copy[PATH_MAX];
	char *slash;
	int fd = ctr_path_open_in(rootfd, path, O_PATH, err);

	if (fd >= 0 || err->sys_errno != ENOENT)
		return fd;
	(void)snprintf(copy, sizeof(copy), "%s%s", *path == '/' ? "" : "/", path);
	slash = strrchr(copy, '/');
	*slash = '\0';
	parent = *copy ? ctr_path_mkdir_in(rootfd, copy, 0755, err)
		       : ctr_path_open_in(rootfd, "/", O_PATH | O_DIRECTORY, err);
	if (parent < 0)
		return -1;
	made = openat(parent, slash + 1, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      mode);
	if (made < 0)
		return ctr_err_sys(err, "create %s in the root", path);
	return ctr_path_open_in(rootfd, path, O_PATH, err);
}

int ctr_path_read_in(int rootfd, const char *path, size_t max, struct ctr_buf *ret_buf,
		     struct ctr_error *err)
{
	_cleanup_close_ int fd =
		ctr_path_open_in(rootfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, err);

	if (fd < 0)
		return -1;
	if (ctr_fd_type(fd) != S_IFREG)
		return ctr_err_set(err, CTR_E_SPEC, "%s in the root is not a regular file", path);
	if (ctr_fd_read_all(fd, max, ret_buf, err) < 0)
		return ctr_err_wrap(err, "%s", path);
	return 0;
}

bool ctr_path_is_clean(const char *path)
{
	if (*path != '/')
		return false;
	for (const char *p = path; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
		if (*p == '/' && p[1] == '.' &&
		    (!p[2] || p[2] == '/' || (p[2] == '.' && (!p[3] || p[3] == '/'))))
			return false;
	}
	return true;
}
