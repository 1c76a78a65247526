/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files by fd. Any process; the *_at functions resolve trusted host paths only (common/path.h has the others). */
#include "common/fd.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

int ctr_fd_open_at(int dirfd, const char *path, int flags, mode_t mode, struct ctr_error *err)
{
	int fd = openat(dirfd, path, flags | O_CLOEXEC, mode);

	return fd < 0 ? ctr_err_sys(err, "open %s", path) : fd;
}

int ctr_fd_mkdir_at(int dirfd, const char *path, mode_t mode, struct ctr_error *err)
{
	if (mkdirat(dirfd, path, mode) < 0 && errno != EEXIST)
		return ctr_err_sys(err, "create directory %s", path);
	return 0;
}

int ctr_fd_mkdir_all(const char *path, mode_t mode, struct ctr_error *err)
{
	char part[PATH_MAX];

	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part)) {
		errno = ENAMETOOLONG;
		return ctr_err_sys(err, "create directory %s", path);
	}
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (ctr_fd_mkdir_at(AT_FDCWD, part, mode, err) < 0)
			return -1;
		*slash = '/';
	}
	return ctr_fd_mkdir_at(AT_FDCWD, part, mode, err);
}

int ctr_fd_write_all(int fd, const void *data, size_t len, struct ctr_error *err)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return ctr_err_sys(err, "write");
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int ctr_fd_read_all(int fd, size_t max, struct ctr_buf *ret_buf, struct ctr_error *err)
{
	char chunk[4096];
	size_t total = 0;

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ctr_err_sys(err, "read");
		if (n == 0)
			break;
		total += (size_t)n;
		if (total > max) {
			errno = EFBIG;
			return ctr_err_sys(err, "read more than %zu bytes", max);
		}
		ctr_buf_add(ret_buf, chunk, (size_t)n);
	}
	return ctr_buf_check(ret_buf, err);
}

int ctr_fd_read_at(int dirfd, const char *path, size_t max, struct ctr_buf *ret_buf,
		   struct ctr_error *err)
{
	_cleanup_close_ int fd = ctr_fd_open_at(dirfd, path, O_RDONLY, 0, err);

	if (fd < 0)
		return -1;
	if (ctr_fd_read_all(fd, max, ret_buf, err) < 0)
		return ctr_err_wrap(err, "%s", path);
	return 0;
}

int ctr_fd_write_at(int dirfd, const char *path, const char *text, struct ctr_error *err)
{
	_cleanup_close_ int fd = ctr_fd_open_at(dirfd, path, O_WRONLY, 0, err);
	ssize_t n;

	if (fd < 0)
		return -1;
	do
		n = write(fd, text, strlen(text));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return ctr_err_sys(err, "write '%s' to %s", text, path);
	return 0;
}

int ctr_fd_replace_at(int dirfd, const char *path, const void *data, size_t len, mode_t mode,
		      struct ctr_error *err)
{
	char temp[NAME_MAX + 1];
	int fd, rc;

	if (snprintf(temp, sizeof(temp), ".%s.%d", path, (int)getpid()) >= (int)sizeof(temp)) {
		errno = ENAMETOOLONG;
		return ctr_err_sys(err, "replace %s", path);
	}
	fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return ctr_err_sys(err, "create %s", temp);
	rc = ctr_fd_write_all(fd, data, len, err);
	if (close(fd) < 0 && rc == 0)
		rc = ctr_err_sys(err, "close %s", temp);
	if (rc == 0 && renameat(dirfd, temp, dirfd, path) < 0)
		rc = ctr_err_sys(err, "rename %s to %s", temp, path);
	if (rc < 0)
		(void)unlinkat(dirfd, temp, 0);
	return rc;
}

static int remove_children(int fd, dev_t dev, struct ctr_error *err);

static int remove_entry(int dirfd, const char *name, dev_t dev, struct ctr_error *err)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return ctr_err_sys(err, "remove %s", name);
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : ctr_err_sys(err, "open %s", name);
	if (fstat(fd, &st) < 0)
		return ctr_err_sys(err, "stat %s", name);
	if (dev && st.st_dev != dev)
		return ctr_err_set(err, CTR_E_STATE,
				   "remove %s: another file system is mounted there", name);
	if (remove_children(fd, st.st_dev, err) < 0)
		return ctr_err_wrap(err, "%s", name);
	if (unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return ctr_err_sys(err, "remove directory %s", name);
	return 0;
}

static int remove_children(int fd, dev_t dev, struct ctr_error *err)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	dir = copy < 0 ? NULL : fdopendir(copy);
	if (!dir) {
		if (copy >= 0)
			(void)close(copy);
		return ctr_err_sys(err, "read directory");
	}
	while ((entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (remove_entry(fd, entry->d_name, dev, err) < 0)
			return -1;
	}
	return 0;
}

int ctr_fd_remove_tree(int dirfd, const char *path, struct ctr_error *err)
{
	return remove_entry(dirfd, path, 0, err);
}

int ctr_fd_cloexec_from(int first, struct ctr_error *err)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;

	if (close_range((unsigned int)first, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	if (errno != ENOSYS && errno != EINVAL)
		return ctr_err_sys(err, "close_range");
	dir = opendir("/proc/self/fd");
	if (!dir)
		return ctr_err_sys(err, "open /proc/self/fd");
	while ((entry = readdir(dir))) {
		int fd = atoi(entry->d_name);

		if (fd >= first && fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 && errno != EBADF)
			return ctr_err_sys(err, "set close-on-exec");
	}
	return 0;
}

mode_t ctr_fd_type(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? 0 : st.st_mode & S_IFMT;
}

int ctr_fd_trylock(int fd, bool exclusive, struct ctr_error *err)
{
	int rc;

	do
		rc = flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB);
	while (rc < 0 && errno == EINTR);
	if (rc == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return ctr_err_set(err, CTR_E_STATE, "another ctr command is working on it");
	return ctr_err_sys(err, "lock");
}
