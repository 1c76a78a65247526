// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The processes of a group: joining (init and exec, on themselves), listing and killing (host
 * side). A container may have made groups of its own inside; their names and depth are untrusted.
 */
#include "cgroups/cg_int.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "common/fd.h"

#define MAX_DEPTH 64
#define KILL_ROUNDS 1000

struct pids {
	pid_t *list;
	size_t n, cap;
};

int ctr_cg_join(const struct ctr_cg *cg, struct ctr_error *err)
{
	for (int c = 0; c < CTR_CG_CONTROLLERS_; c++) {
		ssize_t n;

		if (cg->v1_tasks[c] < 0)
			continue;
		do
			n = write(cg->v1_tasks[c], "0", 1);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return ctr_err_sys(err, "join the %s cgroup",
					   ctr_cg_controller_name(c, true));
	}
	return 0;
}

static int add(struct pids *pids, pid_t pid, struct ctr_error *err)
{
	if (pids->n == pids->cap) {
		size_t cap = pids->cap ? pids->cap * 2 : 64;
		pid_t *list = reallocarray(pids->list, cap, sizeof(*list));

		if (!list)
			return ctr_err_nomem(err);
		pids->list = list;
		pids->cap = cap;
	}
	pids->list[pids->n++] = pid;
	return 0;
}

static int read_procs(int dirfd, struct pids *pids, struct ctr_error *err)
{
	_cleanup_fclose_ FILE *f = NULL;
	int fd = openat(dirfd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	int pid;

	f = fd < 0 ? NULL : fdopen(fd, "r");
	if (!f) {
		if (fd >= 0)
			(void)close(fd);
		return errno == ENOENT || errno == ENODEV ? 0
							  : ctr_err_sys(err, "open cgroup.procs");
	}
	/* A threaded group refuses the read (EOPNOTSUPP): its processes are listed at its domain's
	 * root. */
	while (fscanf(f, "%d", &pid) == 1) {
		/* 0: a process outside our own pid namespace. */
		if (pid > 0 && add(pids, pid, err) < 0)
			return -1;
	}
	return 0;
}

static int collect(int dirfd, int depth, struct pids *pids, struct ctr_error *err)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	int copy;

	if (depth > MAX_DEPTH)
		return ctr_err_set(err, CTR_E_STATE,
				   "the container's cgroups are nested deeper than %d", MAX_DEPTH);
	if (read_procs(dirfd, pids, err) < 0)
		return -1;
	copy = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = copy < 0 ? NULL : fdopendir(copy);
	if (!dir) {
		if (copy >= 0)
			(void)close(copy);
		return errno == ENOENT || errno == ENODEV ? 0 : ctr_err_sys(err, "read a cgroup");
	}
	while ((entry = readdir(dir))) {
		_cleanup_close_ int child = -1;

		if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") ||
		    !strcmp(entry->d_name, ".."))
			continue;
		child = openat(dirfd, entry->d_name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child < 0) {
			if (errno == ENOENT)
				continue; /* removed meanwhile */
			return ctr_err_sys(err, "open a cgroup");
		}
		if (collect(child, depth + 1, pids, err) < 0)
			return -1;
	}
	return 0;
}

int ctr_cg_pids(const struct ctr_cg *cg, pid_t **ret_pids, size_t *ret_n, struct ctr_error *err)
{
	struct pids pids = { 0 };

	if (collect(cg->dirfd, 0, &pids, err) < 0) {
		free(pids.list);
		return -1;
	}
	*ret_pids = pids.list;
	*ret_n = pids.n;
	return 0;
}

/*
 * Before cgroup.kill (Linux 5.14): frozen, the processes cannot fork, and SIGKILL still ends them.
 * Where they cannot be frozen either, rounds until nobody is left.
 */
static int kill_by_signal(const struct ctr_cg *cg, struct ctr_error *err)
{
	struct ctr_error ignored;

	(void)ctr_fd_write_at(cg->dirfd, "cgroup.freeze", "1", &ignored);
	for (int round = 0; round < KILL_ROUNDS; round++) {
		_cleanup_free_ pid_t *pids = NULL;
		bool populated, frozen;
		size_t n;

		if (ctr_cg_pids(cg, &pids, &n, err) < 0)
			return -1;
		for (size_t i = 0; i < n; i++)
			(void)kill(pids[i], SIGKILL);
		if (ctr_cg_events(cg, &populated, &frozen, err) < 0)
			return -1;
		if (n == 0 || !populated) {
			(void)ctr_fd_write_at(cg->dirfd, "cgroup.freeze", "0", &ignored);
			return 0;
		}
		(void)usleep(1000);
	}
	return ctr_err_set(err, CTR_E_STATE, "kill: processes are left after %d rounds of SIGKILL",
			   KILL_ROUNDS);
}

int ctr_cg_kill(const struct ctr_cg *cg, struct ctr_error *err)
{
	if (ctr_fd_write_at(cg->dirfd, "cgroup.kill", "1", err) == 0)
		return 0;
	/* A group that was removed meanwhile has nobody left to kill. */
	if (err->sys_errno == ENODEV || faccessat(cg->dirfd, "cgroup.procs", F_OK, 0) < 0)
		return 0;
	if (err->sys_errno != ENOENT)
		return -1;
	return kill_by_signal(cg, err);
}
