// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Taking a container's groups away, on the host side: after an exit, as rollback, or by force.
 * Usually everything is empty and this is one rmdir(2) per group. Otherwise it kills, waits for the
 * kernel's notice and walks the groups that the container made inside, whose names and depth are
 * untrusted: the walk holds two fds, whatever the depth, and never follows a link.
 */
#include "cgroups/cg_int.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"

#define RETRY_USEC 1000

/*
 * Goes to the first group below *cur that cannot be removed yet, having removed all that can;
 * *ret_down says whether there is one.
 */
static int sweep(int *cur, bool *ret_down, struct ctr_error *err)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	int copy = openat(*cur, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*ret_down = false;
	dir = copy < 0 ? NULL : fdopendir(copy);
	if (!dir) {
		if (copy >= 0)
			(void)close(copy);
		return ctr_err_sys(err, "read a cgroup");
	}
	while ((entry = readdir(dir))) {
		int child;

		if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") ||
		    !strcmp(entry->d_name, ".."))
			continue;
		if (unlinkat(*cur, entry->d_name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			continue;
		if (errno != EBUSY)
			return ctr_err_sys(err, "remove cgroup %s", entry->d_name);
		child = openat(*cur, entry->d_name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child < 0) {
			if (errno == ENOENT)
				continue;
			return ctr_err_sys(err, "open cgroup %s", entry->d_name);
		}
		(void)close(*cur);
		*cur = child;
		*ret_down = true;
		return 0;
	}
	return 0;
}

static int remove_below(int dirfd, int64_t deadline, struct ctr_error *err)
{
	_cleanup_close_ int cur = fcntl(dirfd, F_DUPFD_CLOEXEC, 3);
	size_t depth = 0;

	if (cur < 0)
		return ctr_err_sys(err, "duplicate an fd");
	for (;;) {
		bool down;
		int up;

		if (sweep(&cur, &down, err) < 0)
			return -1;
		if (down) {
			depth++;
			continue;
		}
		if (depth == 0)
			return 0;
		/* This one has nothing below it: if its parent's sweep meets it again, it is still
		 * dying. */
		if (ctr_cg_now_ms() > deadline)
			return ctr_err_set(err, CTR_E_STATE, "groups inside stay busy");
		up = ctr_fd_open_at(cur, "..", O_RDONLY | O_DIRECTORY, 0, err);
		if (up < 0)
			return -1;
		(void)close(cur);
		cur = up;
		depth--;
		(void)usleep(depth ? 0 : RETRY_USEC);
	}
}

int ctr_cg_rmdir(const char *path, int64_t deadline, struct ctr_error *err)
{
	for (;;) {
		_cleanup_close_ int fd = -1;

		if (rmdir(path) == 0 || errno == ENOENT)
			return 0;
		if (errno != EBUSY)
			return ctr_err_sys(err, "remove cgroup %s", path);
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 && remove_below(fd, deadline, err) < 0)
			return ctr_err_wrap(err, "remove cgroup %s", path);
		if (rmdir(path) == 0 || errno == ENOENT)
			return 0;
		if (ctr_cg_now_ms() > deadline) {
			ctr_err_set(err, CTR_E_STATE,
				    "remove cgroup %s: processes in it do not end", path);
			return ctr_err_hint(
				err, "they may hang in the kernel (state D); try again later");
		}
		(void)usleep(RETRY_USEC);
	}
}

static int remove_v2(const struct ctr_cg_host *host, const char *name, int64_t deadline,
		     struct ctr_error *err)
{
	struct ctr_cg cg = CTR_CG_NULL;
	_cleanup_close_ int dirfd = -1;
	char path[CG_PATH_MAX];
	bool empty;

	ctr_cg_path(path, host->unified, name);
	dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return errno == ENOENT ? 0 : ctr_err_sys(err, "open cgroup %s", path);
	(void)unlinkat(dirfd, CG_PAYLOAD, AT_REMOVEDIR);
	if (rmdir(path) == 0 || errno == ENOENT)
		return 0;
	cg.dirfd = dirfd;
	if (ctr_cg_kill(&cg, err) < 0 ||
	    ctr_cg_wait_event(dirfd, "populated", 0, deadline, &empty, err) < 0)
		return ctr_err_wrap(err, "%s", path);
	return ctr_cg_rmdir(path, deadline, err);
}

int ctr_cg_remove(const struct ctr_cg_host *host, const char *name, int timeout_ms,
		  struct ctr_error *err)
{
	int64_t deadline = ctr_cg_now_ms() + timeout_ms;
	char path[CG_PATH_MAX];

	if (ctr_cg_name_check(name, err) < 0)
		return -1;
	/* First of all cgroup2, which kills: a process leaves all hierarchies at once when it ends.
	 */
	if (remove_v2(host, name, deadline, err) < 0)
		return -1;
	for (int c = 0; c < CTR_CG_CONTROLLERS_; c++) {
		if (!host->v1[c][0])
			continue;
		ctr_cg_path(path, host->v1[c], name);
		if (ctr_cg_rmdir(path, deadline, err) < 0)
			return -1;
	}
	return 0;
}
