// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The doing half without a kernel's cgroup: plans written into a temporary directory through its
 * dirfd, and counters read from files with the kernel's texts.
 */
#include "cgroups/cg_int.h"
#include "tests/unit/tap.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "common/fd.h"

static char base[] = "/tmp/ctr-cgwrite.XXXXXX";

static void put(int dirfd, const char *file, const char *text)
{
	_cleanup_close_ int fd =
		openat(dirfd, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
		perror(file);
		exit(EXIT_FAILURE);
	}
}

static void is_file(int dirfd, const char *file, const char *want)
{
	char text[256] = "";

	(void)ctr_cg_read(dirfd, file, text, sizeof(text));
	is_str(text, want, file);
}

static int group(const char *name)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", base, name);
	fd = mkdir(path, 0755) < 0 ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	return fd;
}

static void test_v2(void)
{
	struct ctr_cg_host host = { .unified = "/x" };
	_cleanup_(ctr_cg_done) struct ctr_cg cg = CTR_CG_NULL;
	struct ctr_cg_spec spec;
	struct ctr_cg_plan plan;
	struct ctr_error err;

	for (int c = 0; c < CTR_CG_CONTROLLERS_; c++)
		host.on_v2[c] = true;
	cg.dirfd = group("v2");
	ctr_cg_spec_init(&spec);
	spec.cpu_weight = 250;
	spec.cpu_max_milli = 1500;
	spec.cpus = (char *)"0-1";
	spec.memory_max = 64 << 20;
	spec.pids_max = 100;
	put(cg.dirfd, "cpu.weight", "");
	put(cg.dirfd, "cpu.max", "");
	put(cg.dirfd, "memory.max", "");
	put(cg.dirfd, "memory.oom.group", "");
	put(cg.dirfd, "pids.max", "");
	put(cg.dirfd, "cpuset.cpus", "");
	put(cg.dirfd, "cpuset.cpus.effective", "0-1\n");
	is_int(ctr_cg_plan(&spec, &host, &plan, &err), 0, "a plan for v2");
	is_int(ctr_cg_write_plan(&cg, &plan, &err), 0, "is written");
	is_file(cg.dirfd, "cpu.weight", "250");
	is_file(cg.dirfd, "cpu.max", "150000 100000");
	is_file(cg.dirfd, "memory.max", "67108864");
	is_file(cg.dirfd, "memory.oom.group", "1");
	is_file(cg.dirfd, "pids.max", "100");
	is_file(cg.dirfd, "cpuset.cpus", "0-1");

	put(cg.dirfd, "cpuset.cpus.effective", "0\n");
	is_int(ctr_cg_write_plan(&cg, &plan, &err), -1, "CPUs that are not there are noticed");
	is_int(err.code, CTR_E_HOST, "as something the host lacks");
	is_str(err.msg, "cpu.cpus: asked for 0-1, this host has 0 for it", "by name");

	(void)unlinkat(cg.dirfd, "pids.max", 0);
	put(cg.dirfd, "cpuset.cpus.effective", "0-1\n");
	is_int(ctr_cg_write_plan(&cg, &plan, &err), -1, "a missing file is an error");
	is_int(err.code, CTR_E_HOST, "as something the host lacks");
	is_str(err.msg,
	       "pids.max: open pids.max: No such file or directory; the kernel lacks it or the "
	       "pids "
	       "controller was taken away; see ctr doctor",
	       "with the setting's name and a remedy");

	spec.memory_swap_max = 0;
	is_int(ctr_cg_plan(&spec, &host, &plan, &err), 0, "with a swap limit");
	is_int(ctr_cg_write_plan(&cg, &plan, &err), -1, "on a kernel that does not account swap");
	ok(strstr(err.msg, "memory.swap_max: ") == err.msg && strstr(err.msg, "swapaccount=1"),
	   err.msg);
}

static void test_v1(void)
{
	struct ctr_cg_host host = { .unified = "/x", .v1 = { "/c", "", "/m", "/p" } };
	_cleanup_(ctr_cg_done) struct ctr_cg cg = CTR_CG_NULL;
	struct ctr_cg_stat stat;
	struct ctr_cg_spec spec;
	struct ctr_cg_plan plan;
	struct ctr_error err;
	int cpu, memory;

	cg.dirfd = group("hybrid");
	cpu = cg.v1_dirfd[CTR_CG_CPU] = group("cpu");
	memory = cg.v1_dirfd[CTR_CG_MEMORY] = group("memory");
	cg.v1_dirfd[CTR_CG_PIDS] = group("pids");
	ctr_cg_spec_init(&spec);
	spec.cpu_weight = 250;
	spec.cpu_max_milli = 5;
	spec.memory_max = 64 << 20;
	spec.memory_swap_max = 1 << 20;
	put(cpu, "cpu.shares", "");
	put(cpu, "cpu.cfs_period_us", "");
	put(cpu, "cpu.cfs_quota_us", "");
	put(memory, "memory.limit_in_bytes", "");
	put(memory, "memory.memsw.limit_in_bytes", "");
	is_int(ctr_cg_plan(&spec, &host, &plan, &err), 0, "a plan for v1");
	ok(plan.kill_all_on_oom, "the monitor must kill");
	is_int(ctr_cg_write_plan(&cg, &plan, &err), 0, "is written, each to its hierarchy");
	is_file(cpu, "cpu.shares", "2500");
	is_file(cpu, "cpu.cfs_period_us", "1000000");
	is_file(cpu, "cpu.cfs_quota_us", "5000");
	is_file(memory, "memory.limit_in_bytes", "67108864");
	is_file(memory, "memory.memsw.limit_in_bytes", "68157440");

	put(cg.dirfd, "cpu.stat", "usage_usec 4711\nuser_usec 4000\nsystem_usec 711\n");
	put(cpu, "cpu.stat", "nr_periods 10\nnr_throttled 4\nthrottled_time 5000000\n");
	put(memory, "memory.usage_in_bytes", "1000\n");
	put(memory, "memory.memsw.usage_in_bytes", "1500\n");
	put(memory, "memory.max_usage_in_bytes", "2000\n");
	put(memory, "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
	put(cg.v1_dirfd[CTR_CG_PIDS], "pids.current", "6\n");
	put(cg.v1_dirfd[CTR_CG_PIDS], "pids.max", "max\n");
	is_int(ctr_cg_stat(&cg, &stat, &err), 0, "counters");
	is_int(stat.cpu_usage_usec, 4711, "CPU time, from cgroup2");
	is_int(stat.cpu_nr_throttled, 4, "throttled periods");
	is_int(stat.cpu_throttled_usec, 5000, "throttled time, from nanoseconds");
	is_int(stat.cpu_weight, 250, "the weight");
	is_int(stat.cpu_max_milli, 5, "the cap");
	is_int(stat.memory_current, 1000, "memory");
	is_int(stat.memory_swap_current, 500, "swap: the sum less memory");
	is_int(stat.memory_peak, 2000, "the peak");
	is_int(stat.memory_max, 64 << 20, "the limit");
	is_int(stat.oom_kills, 3, "kills");
	is_int(stat.pids_current, 6, "pids");
	ok(stat.pids_max == CTR_CG_MAX, "no limit of pids");
	put(cpu, "cpu.idle", "1\n");
	put(cpu, "cpu.cfs_quota_us", "-1\n");
	put(memory, "memory.limit_in_bytes", "9223372036854771712\n");
	is_int(ctr_cg_stat(&cg, &stat, &err), 0, "counters of an idle, unlimited group");
	is_int(stat.cpu_weight, 0, "weight 0");
	is_int(stat.cpu_max_milli, 0, "no cap");
	ok(stat.memory_max == CTR_CG_MAX, "no limit");
}

static void test_v2_stat(void)
{
	_cleanup_(ctr_cg_done) struct ctr_cg cg = CTR_CG_NULL;
	struct ctr_cg_stat stat;
	struct ctr_error err;

	cg.dirfd = group("stat2");
	is_int(ctr_cg_stat(&cg, &stat, &err), 0, "a host that counts nothing");
	ok(stat.cpu_usage_usec == 0 && stat.memory_current == 0 && stat.memory_max == CTR_CG_MAX,
	   "counts 0 without limits");
	put(cg.dirfd, "cpu.stat", "usage_usec 9\nnr_periods 3\nnr_throttled 2\nthrottled_usec 7\n");
	put(cg.dirfd, "cpu.weight", "300\n");
	put(cg.dirfd, "cpu.idle", "0\n");
	put(cg.dirfd, "cpu.max", "50000 100000\n");
	put(cg.dirfd, "memory.current", "11\n");
	put(cg.dirfd, "memory.peak", "12\n");
	put(cg.dirfd, "memory.swap.current", "13\n");
	put(cg.dirfd, "memory.max", "max\n");
	put(cg.dirfd, "memory.events", "low 0\nhigh 0\nmax 5\noom 4\noom_kill 3\n");
	put(cg.dirfd, "pids.current", "14\n");
	put(cg.dirfd, "pids.peak", "15\n");
	put(cg.dirfd, "pids.max", "16\n");
	put(cg.dirfd, "cgroup.events", "populated 1\nfrozen 0\n");
	is_int(ctr_cg_stat(&cg, &stat, &err), 0, "a v2 host");
	is_int(stat.cpu_usage_usec, 9, "usage");
	is_int(stat.cpu_throttled_usec, 7, "throttled");
	is_int(stat.cpu_weight, 300, "weight");
	is_int(stat.cpu_max_milli, 500, "cap");
	is_int(stat.memory_current, 11, "memory");
	is_int(stat.memory_peak, 12, "peak");
	is_int(stat.memory_swap_current, 13, "swap");
	is_int(stat.oom_kills, 3, "kills");
	is_int(stat.pids_current, 14, "pids");
	is_int(stat.pids_peak, 15, "pids at most");
	is_int(stat.pids_max, 16, "pids limit");
	put(cg.dirfd, "cpu.max", "max 100000\n");
	is_int(ctr_cg_stat(&cg, &stat, &err), 0, "without a cap");
	is_int(stat.cpu_max_milli, 0, "the cap is 0");
}

int main(void)
{
	struct ctr_error err;

	if (!mkdtemp(base)) {
		perror(base);
		return EXIT_FAILURE;
	}
	test_v2();
	test_v1();
	test_v2_stat();
	is_int(ctr_fd_remove_tree(AT_FDCWD, base, &err), 0, "the temporary directory is gone");
	return tap_done();
}
