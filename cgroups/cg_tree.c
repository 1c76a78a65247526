// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Making and opening one container's groups, on the host side. Hot path: a mkdir(2) per hierarchy
 * and the plan's writes, nothing else. A group is always fresh when its plan is written, because
 * the plan leaves defaults out.
 */
#include "cgroups/cg_int.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "common/parse.h"

#define STALE_TIMEOUT_MS 2000
#define CPU_BITS 4096

void ctr_cg_path(char path[static CG_PATH_MAX], const char *mount, const char *name)
{
	(void)snprintf(path, CG_PATH_MAX, "%s/" CG_ROOT "/%s", mount, name);
}

/* A v1 hierarchy that a container without any setting joins as well: it is counted and competes
 * there. */
static bool always_made(enum ctr_cg_controller c)
{
	return c == CTR_CG_CPU || c == CTR_CG_MEMORY || c == CTR_CG_PIDS;
}

/* What the user called it. */
static const char *setting_of(const char *file)
{
	static const struct {
		const char *file, *setting;
	} names[] = {
		{ "cpu.idle", "cpu.weight" },
		{ "cpu.weight", "cpu.weight" },
		{ "cpu.shares", "cpu.weight" },
		{ "cpu.max", "cpu.max" },
		{ "cpu.cfs_quota_us", "cpu.max" },
		{ "cpu.cfs_period_us", "cpu.max" },
		{ "cpu.max.burst", "cpu.burst" },
		{ "cpu.cfs_burst_us", "cpu.burst" },
		{ "cpuset.cpus", "cpu.cpus" },
		{ "memory.limit_in_bytes", "memory.max" },
		{ "memory.swap.max", "memory.swap_max" },
		{ "memory.oom.group", "memory.oom" },
		{ "memory.memsw.limit_in_bytes", "memory.swap_max" },
	};

	for (size_t i = 0; i < CTR_ARRAY_LEN(names); i++) {
		if (!strcmp(names[i].file, file))
			return names[i].setting;
	}
	return file;
}

static int explain(const struct ctr_cg_write *w, struct ctr_error *err)
{
	int reason = err->sys_errno;

	ctr_err_wrap(err, "%s", setting_of(w->file));
	if (reason != ENOENT)
		return -1;
	err->code = CTR_E_HOST;
	if (strstr(w->file, "swap") || strstr(w->file, "memsw"))
		return ctr_err_hint(err, "swap is not accounted for; boot with swapaccount=1");
	if (!strcmp(w->file, "cpu.idle"))
		return ctr_err_hint(err, "weight 0 needs Linux 5.15 or later");
	if (strstr(w->file, "burst"))
		return ctr_err_hint(err, "needs Linux 5.14 or later");
	return ctr_err_hint(
		err, "the kernel lacks it or the %s controller was taken away; see ctr doctor",
		ctr_cg_controller_name(w->controller, false));
}

/* v2 accepts CPUs that are not there, and then quietly gives others. */
static int verify_cpus(int dirfd, bool v1, const char *wanted, struct ctr_error *err)
{
	uint64_t want[CPU_BITS / 64] = { 0 }, have[CPU_BITS / 64] = { 0 };
	char text[2048];

	if (ctr_cg_read(dirfd, v1 ? "cpuset.effective_cpus" : "cpuset.cpus.effective", text,
			sizeof(text)) < 0)
		return errno == ENOENT ? 0 : ctr_err_sys(err, "read the effective CPUs");
	text[strcspn(text, "\n")] = '\0';
	if (!ctr_parse_cpulist(wanted, want, CPU_BITS))
		return ctr_err_set(err, CTR_E_SPEC, "cpu.cpus: '%s' is not a list of CPUs", wanted);
	if (!ctr_parse_cpulist(text, have, CPU_BITS) || memcmp(want, have, sizeof(want)) != 0)
		return ctr_err_set(err, CTR_E_HOST,
				   "cpu.cpus: asked for %s, this host has %s for it", wanted, text);
	return 0;
}

int ctr_cg_write_plan(const struct ctr_cg *cg, const struct ctr_cg_plan *plan,
		      struct ctr_error *err)
{
	for (size_t i = 0; i < plan->n_writes; i++) {
		const struct ctr_cg_write *w = &plan->writes[i];
		int v1 = cg->v1_dirfd[w->controller];
		int dirfd = v1 >= 0 ? v1 : cg->dirfd;

		if (ctr_fd_write_at(dirfd, w->file, w->value, err) < 0)
			return explain(w, err);
		if (w->controller == CTR_CG_CPUSET &&
		    verify_cpus(dirfd, v1 >= 0, w->value, err) < 0)
			return -1;
	}
	return 0;
}

static int busy(const char *path, struct ctr_error *err)
{
	ctr_err_set(err, CTR_E_EXISTS, "cgroup %s has processes in it", path);
	return ctr_err_hint(err, "end them, or ctr delete --force");
}

/* A group that a crash left behind is replaced by a fresh one, when nobody is in it. */
static int replace_v2(const struct ctr_cg_host *host, const char *name, const char *path,
		      struct ctr_error *err)
{
	_cleanup_(ctr_cg_done) struct ctr_cg old = CTR_CG_NULL;
	bool populated = false, frozen;

	if (ctr_cg_open(host, name, &old, err) < 0)
		return -1;
	if (ctr_cg_events(&old, &populated, &frozen, err) < 0)
		return -1;
	if (populated)
		return busy(path, err);
	ctr_cg_done(&old);
	if (ctr_cg_remove(host, name, STALE_TIMEOUT_MS, err) < 0)
		return -1;
	if (mkdir(path, 0755) < 0)
		return ctr_err_sys(err, "create cgroup %s", path);
	return 0;
}

static int make_v2(const struct ctr_cg_host *host, const char *name, struct ctr_cg *cg,
		   struct ctr_error *err)
{
	char path[CG_PATH_MAX];

	ctr_cg_path(path, host->unified, name);
	if (mkdir(path, 0755) < 0) {
		if (errno != EEXIST)
			return ctr_err_sys(err, "create cgroup %s", path);
		if (replace_v2(host, name, path, err) < 0)
			return -1;
	}
	cg->dirfd = ctr_fd_open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0, err);
	if (cg->dirfd < 0)
		return -1;
	if (mkdirat(cg->dirfd, CG_PAYLOAD, 0755) < 0)
		return ctr_err_sys(err, "create cgroup %s/" CG_PAYLOAD, path);
	cg->payload_fd = ctr_fd_open_at(cg->dirfd, CG_PAYLOAD, O_RDONLY | O_DIRECTORY, 0, err);
	return cg->payload_fd < 0 ? -1 : 0;
}

static int make_v1_dir(const struct ctr_cg_host *host, enum ctr_cg_controller c, const char *path,
		       struct ctr_error *err)
{
	if (mkdir(path, 0755) == 0)
		return 0;
	if (errno == ENOENT) {
		/* cpuset and blkio get their "ctr" when the first container needs it. */
		if (ctr_cg_v1_root(host->v1[c], c, err) < 0)
			return -1;
	} else if (errno == EEXIST) {
		if (rmdir(path) < 0 && errno != ENOENT)
			return errno == EBUSY ? busy(path, err)
					      : ctr_err_sys(err, "remove %s", path);
	} else {
		return ctr_err_sys(err, "create cgroup %s", path);
	}
	return mkdir(path, 0755) < 0 ? ctr_err_sys(err, "create cgroup %s", path) : 0;
}

static int make_v1(const struct ctr_cg_host *host, const char *name, enum ctr_cg_controller c,
		   struct ctr_cg *cg, struct ctr_error *err)
{
	char path[CG_PATH_MAX];
	int fd;

	ctr_cg_path(path, host->v1[c], name);
	if (make_v1_dir(host, c, path, err) < 0)
		return -1;
	cg->v1_dirfd[c] = ctr_fd_open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0, err);
	fd = cg->v1_dirfd[c];
	if (fd < 0)
		return -1;
	if (c == CTR_CG_CPUSET && ctr_cg_v1_cpuset_fill(fd, "cpuset.mems", err) < 0)
		return -1;
	cg->v1_tasks[c] = ctr_fd_open_at(fd, "tasks", O_WRONLY, 0, err);
	return cg->v1_tasks[c] < 0 ? -1 : 0;
}

static int make(const struct ctr_cg_host *host, const char *name, const struct ctr_cg_plan *plan,
		struct ctr_cg *cg, struct ctr_error *err)
{
	if (make_v2(host, name, cg, err) < 0)
		return -1;
	for (int c = 0; c < CTR_CG_CONTROLLERS_; c++) {
		if (!host->v1[c][0] || (!always_made(c) && !ctr_cg_plan_has(plan, c)))
			continue;
		if (make_v1(host, name, c, cg, err) < 0)
			return -1;
	}
	return ctr_cg_write_plan(cg, plan, err);
}

/* Removes exactly what make() opened, which is what it made; all of it is empty. */
static void undo(const struct ctr_cg_host *host, const char *name, const struct ctr_cg *cg)
{
	char path[CG_PATH_MAX];

	for (int c = 0; c < CTR_CG_CONTROLLERS_; c++) {
		if (cg->v1_dirfd[c] < 0)
			continue;
		ctr_cg_path(path, host->v1[c], name);
		(void)rmdir(path);
	}
	if (cg->dirfd < 0)
		return;
	(void)unlinkat(cg->dirfd, CG_PAYLOAD, AT_REMOVEDIR);
	ctr_cg_path(path, host->unified, name);
	(void)rmdir(path);
}

int ctr_cg_name_check(const char *name, struct ctr_error *err)
{
	for (const char *p = name;; p++) {
		size_t len = strcspn(p, "/");

		if (len == 0 || *p == '.')
			return ctr_err_set(err, CTR_E_INTERNAL, "'%s' names no container's cgroup",
					   name);
		p += len;
		if (!*p)
			break;
	}
	return strcmp(name, CG_MONITORS)
		       ? 0
		       : ctr_err_set(err, CTR_E_SPEC, "the name '%s' is taken by ctr itself", name);
}

int ctr_cg_create(const struct ctr_cg_host *host, const char *name, const struct ctr_cg_plan *plan,
		  struct ctr_cg *ret_cg, struct ctr_error *err)
{
	struct ctr_cg cg = CTR_CG_NULL;

	if (ctr_cg_name_check(name, err) < 0)
		return -1;
	if (make(host, name, plan, &cg, err) < 0) {
		undo(host, name, &cg);
		ctr_cg_done(&cg);
		return -1;
	}
	*ret_cg = cg;
	return 0;
}

static int open_v1(const struct ctr_cg_host *host, const char *name, enum ctr_cg_controller c,
		   struct ctr_cg *cg, struct ctr_error *err)
{
	char path[CG_PATH_MAX];

	ctr_cg_path(path, host->v1[c], name);
	cg->v1_dirfd[c] = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cg->v1_dirfd[c] < 0)
		return errno == ENOENT ? 0 : ctr_err_sys(err, "open cgroup %s", path);
	cg->v1_tasks[c] = ctr_fd_open_at(cg->v1_dirfd[c], "tasks", O_WRONLY, 0, err);
	return cg->v1_tasks[c] < 0 ? -1 : 0;
}

int ctr_cg_open(const struct ctr_cg_host *host, const char *name, struct ctr_cg *ret_cg,
		struct ctr_error *err)
{
	_cleanup_(ctr_cg_done) struct ctr_cg cg = CTR_CG_NULL;
	char path[CG_PATH_MAX];

	if (ctr_cg_name_check(name, err) < 0)
		return -1;
	ctr_cg_path(path, host->unified, name);
	cg.dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cg.dirfd < 0) {
		if (errno == ENOENT)
			return ctr_err_set(err, CTR_E_NOTFOUND, "there is no cgroup %s", path);
		return ctr_err_sys(err, "open cgroup %s", path);
	}
	/* Absent after a removal that was cut short; what is left can still be read and killed. */
	cg.payload_fd = openat(cg.dirfd, CG_PAYLOAD, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int c = 0; c < CTR_CG_CONTROLLERS_; c++) {
		if (host->v1[c][0] && open_v1(host, name, c, &cg, err) < 0)
			return -1;
	}
	*ret_cg = cg;
	cg = CTR_CG_NULL;
	return 0;
}

void ctr_cg_done(struct ctr_cg *cg)
{
	ctr_cleanup_close(&cg->dirfd);
	ctr_cleanup_close(&cg->payload_fd);
	for (int c = 0; c < CTR_CG_CONTROLLERS_; c++) {
		ctr_cleanup_close(&cg->v1_dirfd[c]);
		ctr_cleanup_close(&cg->v1_tasks[c]);
	}
}
