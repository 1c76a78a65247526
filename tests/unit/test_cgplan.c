// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The plan for many specifications on the kinds of host there are, compared with
 * tests/golden/cgroup/plan.txt; CTR_GOLDEN_UPDATE=1 writes that file anew, for review.
 */
#include "cgroups/cg_int.h"
#include "tests/unit/tap.h"

#include <fcntl.h>

#include "common/fd.h"

#define M (1024ULL * 1024)

static struct ctr_cg_host host_v2 = {
	.unified = "/sys/fs/cgroup",
	.on_v2 = { [CTR_CG_CPU] = true,
		   [CTR_CG_MEMORY] = true,
		   [CTR_CG_PIDS] = true,
		   [CTR_CG_IO] = true,
		   [CTR_CG_CPUSET] = true },
};
static struct ctr_cg_host host_v1 = {
	.unified = "/sys/fs/cgroup/unified",
	.v1 = { [CTR_CG_CPU] = "/sys/fs/cgroup/cpu,cpuacct",
		[CTR_CG_CPUACCT] = "/sys/fs/cgroup/cpu,cpuacct",
		[CTR_CG_MEMORY] = "/sys/fs/cgroup/memory",
		[CTR_CG_PIDS] = "/sys/fs/cgroup/pids",
		[CTR_CG_IO] = "/sys/fs/cgroup/blkio",
		[CTR_CG_CPUSET] = "/sys/fs/cgroup/cpuset" },
};
static struct ctr_cg_host host_bare = { .unified = "/sys/fs/cgroup" };

/* Each changes one thing against the defaults; the name is the text of the specification. */
static const struct {
	const char *name;
	struct ctr_cg_spec set;
	bool high, max, swap,
		pids; /* which of the fields whose default is "max" are taken from set */
} cases[] = {
	{ .name = "defaults" },
	{ .name = "cpu.weight: 1", .set = { .cpu_weight = 1 } },
	{ .name = "cpu.weight: 3", .set = { .cpu_weight = 3 } },
	{ .name = "cpu.weight: 200", .set = { .cpu_weight = 200 } },
	{ .name = "cpu.weight: 10000", .set = { .cpu_weight = 10000 } },
	{ .name = "cpu.weight: 10001", .set = { .cpu_weight = 10001 } },
	{ .name = "cpu.weight: 0", .set = { .cpu_weight = UINT64_MAX } },
	{ .name = "cpu.max: 1.5", .set = { .cpu_max_milli = 1500 } },
	{ .name = "cpu.max: 0.01", .set = { .cpu_max_milli = 10 } },
	{ .name = "cpu.max: 0.001", .set = { .cpu_max_milli = 1 } },
	{ .name = "cpu.max: 2000000", .set = { .cpu_max_milli = 2000000000 } },
	{ .name = "cpu.max: 2, burst: 50ms",
	  .set = { .cpu_max_milli = 2000, .cpu_burst_usec = 50000 } },
	{ .name = "cpu.max: 0.2, burst: 50ms",
	  .set = { .cpu_max_milli = 200, .cpu_burst_usec = 50000 } },
	{ .name = "burst: 50ms without max", .set = { .cpu_burst_usec = 50000 } },
	{ .name = "cpu.cpus: 0-3,8", .set = { .cpus = (char *)"0-3,8" } },
	{ .name = "memory.min: 64M", .set = { .memory_min = 64 * M } },
	{ .name = "memory.high: 400M", .set = { .memory_high = 400 * M }, .high = true },
	{ .name = "memory.max: 512M", .set = { .memory_max = 512 * M }, .max = true },
	{ .name = "memory.max: 512M, swap_max: 0",
	  .set = { .memory_max = 512 * M },
	  .max = true,
	  .swap = true },
	{ .name = "memory.max: 512M, swap_max: 64M",
	  .set = { .memory_max = 512 * M, .memory_swap_max = 64 * M },
	  .max = true,
	  .swap = true },
	{ .name = "memory.swap_max: 0", .swap = true },
	{ .name = "memory.max: 8E, swap_max: 8E",
	  .set = { .memory_max = UINT64_MAX / 2 + 1, .memory_swap_max = UINT64_MAX / 2 + 1 },
	  .max = true,
	  .swap = true },
	{ .name = "memory.oom: process", .set = { .oom_process = true } },
	{ .name = "pids.max: 512", .set = { .pids_max = 512 }, .pids = true },
	{ .name = "all",
	  .set = { .cpu_weight = 300,
		   .cpu_max_milli = 500,
		   .cpu_burst_usec = 1000,
		   .cpus = (char *)"1",
		   .memory_max = 64 * M,
		   .memory_swap_max = 0,
		   .pids_max = 64 },
	  .max = true,
	  .swap = true,
	  .pids = true },
};

static struct ctr_cg_spec spec_of(size_t i)
{
	struct ctr_cg_spec spec, set = cases[i].set;

	ctr_cg_spec_init(&spec);
	if (set.cpu_weight)
		spec.cpu_weight = set.cpu_weight == UINT64_MAX ? 0 : set.cpu_weight;
	spec.cpu_max_milli = set.cpu_max_milli;
	spec.cpu_burst_usec = set.cpu_burst_usec;
	spec.cpus = set.cpus;
	spec.memory_min = set.memory_min;
	spec.memory_high = cases[i].high ? set.memory_high : spec.memory_high;
	spec.memory_max = cases[i].max ? set.memory_max : spec.memory_max;
	spec.memory_swap_max = cases[i].swap ? set.memory_swap_max : spec.memory_swap_max;
	spec.oom_process = set.oom_process;
	spec.pids_max = cases[i].pids ? set.pids_max : spec.pids_max;
	return spec;
}

static void describe(const char *host_name, const struct ctr_cg_host *host, size_t i,
		     struct ctr_buf *out)
{
	struct ctr_cg_spec spec = spec_of(i);
	struct ctr_cg_plan plan;
	struct ctr_error err;

	ctr_buf_printf(out, "[%s] %s\n", host_name, cases[i].name);
	if (ctr_cg_plan(&spec, host, &plan, &err) < 0) {
		ctr_buf_printf(out, "  exit %d: %s\n", ctr_err_exit_status(&err), err.msg);
		return;
	}
	for (size_t w = 0; w < plan.n_writes; w++)
		ctr_buf_printf(out, "  %s: %s = %s\n",
			       ctr_cg_controller_name(plan.writes[w].controller, false),
			       plan.writes[w].file, plan.writes[w].value);
	if (plan.kill_all_on_oom)
		ctr_buf_puts(out, "  the monitor kills all on OOM\n");
}

/* Line by line, so that a failure shows the one that differs. */
static void compare(const char *got, const char *want)
{
	int line = 1;

	while (*got || *want) {
		size_t g = strcspn(got, "\n"), w = strcspn(want, "\n");

		if (g != w || strncmp(got, want, g) != 0) {
			printf("# line %d\n#      got: %.*s\n# expected: %.*s\n", line, (int)g, got,
			       (int)w, want);
			ok(false, "the plans are as in plan.txt");
			return;
		}
		got += g + (got[g] == '\n');
		want += w + (want[w] == '\n');
		line++;
	}
	ok(true, "the plans are as in plan.txt");
}

/* Every pair of weights keeps its ratio on v1: shares(a) * b == shares(b) * a, inside the kernel's
 * range. */
static void test_ratios(void)
{
	bool linear = true, legal = true;

	for (uint64_t weight = 1; weight <= 10000; weight++) {
		struct ctr_cg_spec spec;
		struct ctr_cg_plan plan;
		struct ctr_error err;
		unsigned long long shares;

		ctr_cg_spec_init(&spec);
		spec.cpu_weight = weight;
		if (ctr_cg_plan(&spec, &host_v1, &plan, &err) < 0 ||
		    sscanf(plan.writes[0].value, "%llu", &shares) != 1) {
			ok(false, "every weight has a plan");
			return;
		}
		/* Linear through the first weight's value means each pair keeps its ratio. */
		linear = linear && shares == weight * CG_V1_SHARES;
		legal = legal && shares >= 2 && shares <= 262144;
	}
	ok(linear, "cpu.shares is an integer multiple of the weight");
	ok(legal, "cpu.shares is in the kernel's range for every weight");
}

static void test_limits(void)
{
	struct ctr_cg_plan plan = { 0 };
	struct ctr_cg_spec spec;
	struct ctr_error err;
	char cpus[400];

	ctr_cg_spec_init(&spec);
	memset(cpus, '1', sizeof(cpus) - 1);
	cpus[sizeof(cpus) - 1] = '\0';
	spec.cpus = cpus;
	is_int(ctr_cg_plan(&spec, &host_v2, &plan, &err), -1,
	       "a value too long for its place is refused");
	is_int(err.code, CTR_E_SPEC, "as a fault of the specification");
	plan.n_writes = CTR_ARRAY_LEN(plan.writes);
	is_int(ctr_cg_plan_add(&plan, CTR_CG_CPU, &err, "cpu.weight", "1"), -1,
	       "a full plan takes no more");
}

int main(void)
{
	_cleanup_buf_ struct ctr_buf out = { 0 };
	_cleanup_buf_ struct ctr_buf want = { 0 };
	const char *golden = CTR_GOLDEN_DIR "/cgroup/plan.txt";
	struct ctr_error err;

	for (size_t i = 0; i < CTR_ARRAY_LEN(cases); i++) {
		describe("v2", &host_v2, i, &out);
		describe("v1", &host_v1, i, &out);
		describe("no controllers", &host_bare, i, &out);
	}
	if (getenv("CTR_GOLDEN_UPDATE")) {
		_cleanup_close_ int fd =
			ctr_fd_open_at(AT_FDCWD, golden, O_WRONLY | O_CREAT | O_TRUNC, 0644, &err);

		ok(fd >= 0 && ctr_fd_write_all(fd, ctr_buf_str(&out), out.len, &err) == 0,
		   "plan.txt written");
	} else if (ctr_fd_read_at(AT_FDCWD, golden, 1 << 20, &want, &err) < 0) {
		ok(false, err.msg);
	} else {
		compare(ctr_buf_str(&out), ctr_buf_str(&want));
	}
	test_ratios();
	test_limits();
	return tap_done();
}
