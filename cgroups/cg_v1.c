// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Everything that knows cgroup v1: the translation of v2 settings (pure), the groups' roots and the
 * counters, which run on the host side. What v1 cannot express is refused with the setting's name:
 * a limit that is silently something else is worse than none. Source:
 * Documentation/admin-guide/cgroup-v1/ and Documentation/scheduler/sched-bwc.rst of the kernel.
 */
#include "cgroups/cg_int.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"

#define V1_PERIOD_FRESH 100000        /* of a new group, in microseconds */
#define V1_LIMIT_MAX (UINT64_MAX / 2) /* beyond this the kernel means "no limit" */

static int refuse(const char *setting, const char *reason, struct ctr_error *err)
{
	ctr_err_set(err, CTR_E_HOST,
		    "%s: the memory controller of this host is on cgroup v1, which %s", setting,
		    reason);
	return ctr_err_hint(err, "leave %s out, or boot with systemd.unified_cgroup_hierarchy=1",
			    setting);
}

int ctr_cg_v1_cpu(const struct ctr_cg_spec *spec, struct ctr_cg_plan *plan, struct ctr_error *err)
{
	uint64_t quota, period;

	if (spec->cpu_weight == 0) {
		if (ctr_cg_plan_add(plan, CTR_CG_CPU, err, "cpu.idle", "1") < 0)
			return -1;
	} else if (ctr_cg_plan_add(plan, CTR_CG_CPU, err, "cpu.shares", "%llu",
				   (unsigned long long)spec->cpu_weight * CG_V1_SHARES) < 0) {
		return -1;
	}
	if (!spec->cpu_max_milli)
		return 0;
	ctr_cg_quota(spec->cpu_max_milli, &quota, &period);
	/* The period first: a quota is checked against it. */
	if ((period != V1_PERIOD_FRESH &&
	     ctr_cg_plan_add(plan, CTR_CG_CPU, err, "cpu.cfs_period_us", "%llu",
			     (unsigned long long)period) < 0) ||
	    ctr_cg_plan_add(plan, CTR_CG_CPU, err, "cpu.cfs_quota_us", "%llu",
			    (unsigned long long)quota) < 0)
		return -1;
	if (!spec->cpu_burst_usec)
		return 0;
	return ctr_cg_plan_add(plan, CTR_CG_CPU, err, "cpu.cfs_burst_us", "%llu",
			       (unsigned long long)spec->cpu_burst_usec);
}

int ctr_cg_v1_memory(const struct ctr_cg_spec *spec, struct ctr_cg_plan *plan,
		     struct ctr_error *err)
{
	uint64_t max = spec->memory_max, swap = spec->memory_swap_max;

	if (spec->memory_min)
		return refuse("memory.min", "has no guarantee", err);
	if (spec->memory_high != CTR_CG_MAX)
		return refuse("memory.high", "cannot throttle", err);
	if (max == CTR_CG_MAX && swap != CTR_CG_MAX)
		return refuse("memory.swap_max",
			      "limits swap only together with memory (set memory.max too)", err);
	if (max == CTR_CG_MAX)
		return 0;
	/* The sum may never be below the limit: in a fresh group both are unlimited, so the limit
	 * goes first. */
	if (ctr_cg_plan_add(plan, CTR_CG_MEMORY, err, "memory.limit_in_bytes", "%llu",
			    (unsigned long long)max) < 0)
		return -1;
	if (swap >= V1_LIMIT_MAX || max >= V1_LIMIT_MAX)
		return 0;
	return ctr_cg_plan_add(plan, CTR_CG_MEMORY, err, "memory.memsw.limit_in_bytes", "%llu",
			       (unsigned long long)(max + swap));
}

int ctr_cg_v1_cpuset_fill(int dirfd, const char *file, struct ctr_error *err)
{
	_cleanup_close_ int parent = -1;
	char text[1024];
	ssize_t len = ctr_cg_read(dirfd, file, text, sizeof(text));

	if (len < 0)
		return ctr_err_sys(err, "read %s", file);
	if (strspn(text, " \n") != (size_t)len)
		return 0;
	parent = openat(dirfd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0)
		return ctr_err_sys(err, "open the parent group");
	if (ctr_cg_read(parent, file, text, sizeof(text)) < 0)
		return ctr_err_sys(err, "read %s of the parent group", file);
	return ctr_fd_write_at(dirfd, file, text, err);
}

int ctr_cg_v1_root(const char *mount, enum ctr_cg_controller c, struct ctr_error *err)
{
	_cleanup_close_ int dirfd = -1;
	char path[CG_PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/" CG_ROOT, mount);
	if (ctr_fd_mkdir_at(AT_FDCWD, path, 0755, err) < 0)
		return -1;
	if (c != CTR_CG_CPUSET && c != CTR_CG_MEMORY)
		return 0;
	dirfd = ctr_fd_open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, err);
	if (dirfd < 0)
		return -1;
	/* Kernels before 5.11 do not count children into their parent unless told so. */
	if (c == CTR_CG_MEMORY && ctr_cg_read_u64(dirfd, "memory.use_hierarchy", 1) == 0)
		return ctr_fd_write_at(dirfd, "memory.use_hierarchy", "1", err);
	/* A cpuset without CPUs or memory nodes takes no process in. */
	if (c == CTR_CG_CPUSET && (ctr_cg_v1_cpuset_fill(dirfd, "cpuset.cpus", err) < 0 ||
				   ctr_cg_v1_cpuset_fill(dirfd, "cpuset.mems", err) < 0))
		return ctr_err_wrap(err, "%s", path);
	return 0;
}

static uint64_t limit_of(uint64_t bytes)
{
	return bytes >= V1_LIMIT_MAX / 2 ? CTR_CG_MAX : bytes;
}

static void stat_memory(int fd, struct ctr_cg_stat *stat)
{
	uint64_t sum = ctr_cg_read_u64(fd, "memory.memsw.usage_in_bytes", 0);

	stat->memory_current = ctr_cg_read_u64(fd, "memory.usage_in_bytes", 0);
	stat->memory_peak = ctr_cg_read_u64(fd, "memory.max_usage_in_bytes", 0);
	stat->memory_swap_current = sum > stat->memory_current ? sum - stat->memory_current : 0;
	stat->memory_max = limit_of(ctr_cg_read_u64(fd, "memory.limit_in_bytes", CTR_CG_MAX));
	stat->oom_kills = ctr_cg_read_keyed(fd, "memory.oom_control", "oom_kill", 0);
}

static void stat_cpu(int fd, struct ctr_cg_stat *stat)
{
	char text[64];
	uint64_t quota, period;

	stat->cpu_nr_throttled = ctr_cg_read_keyed(fd, "cpu.stat", "nr_throttled", 0);
	stat->cpu_throttled_usec = ctr_cg_read_keyed(fd, "cpu.stat", "throttled_time", 0) / 1000;
	stat->cpu_weight = ctr_cg_read_u64(fd, "cpu.idle", 0)
				   ? 0
				   : ctr_cg_read_u64(fd, "cpu.shares", 0) / CG_V1_SHARES;
	period = ctr_cg_read_u64(fd, "cpu.cfs_period_us", 0);
	/* "-1" is no limit, and no number for ctr_cg_number(). */
	if (ctr_cg_read(fd, "cpu.cfs_quota_us", text, sizeof(text)) > 0 && period &&
	    ctr_cg_number(text, &quota))
		stat->cpu_max_milli = quota * 1000 / period;
}

void ctr_cg_v1_stat(const struct ctr_cg *cg, struct ctr_cg_stat *stat)
{
	if (cg->v1_dirfd[CTR_CG_CPU] >= 0)
		stat_cpu(cg->v1_dirfd[CTR_CG_CPU], stat);
	if (cg->v1_dirfd[CTR_CG_MEMORY] >= 0)
		stat_memory(cg->v1_dirfd[CTR_CG_MEMORY], stat);
	if (cg->v1_dirfd[CTR_CG_PIDS] >= 0) {
		int fd = cg->v1_dirfd[CTR_CG_PIDS];

		stat->pids_current = ctr_cg_read_u64(fd, "pids.current", 0);
		stat->pids_peak = ctr_cg_read_u64(fd, "pids.peak", 0);
		stat->pids_max = ctr_cg_read_u64(fd, "pids.max", CTR_CG_MAX);
	}
}
