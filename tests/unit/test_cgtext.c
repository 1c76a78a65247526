// SPDX-License-Identifier: LGPL-2.1-or-later
/* Texts from the kernel and from our own cache: numbers, keyed files, mountinfo, the cached layout.
 */
#include "cgroups/cg_int.h"
#include "tests/unit/tap.h"

#define SYSTEMD_V2                                                          \
	"22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"         \
	"28 22 0:25 / /sys/fs/cgroup rw,nosuid shared:8 - cgroup2 cgroup2 " \
	"rw,nsdelegate,memory_recursiveprot\n"
#define HYBRID                                                                            \
	"28 22 0:25 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755\n"               \
	"29 28 0:26 / /sys/fs/cgroup/unified rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n" \
	"33 28 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"

static void test_numbers(void)
{
	uint64_t v = 7;

	ok(ctr_cg_number("0\n", &v) && v == 0, "zero");
	ok(ctr_cg_number("18446744073709551614\n", &v) && v == UINT64_MAX - 1,
	   "the largest number");
	ok(!ctr_cg_number("18446744073709551616\n", &v), "one digit too much is no number");
	ok(ctr_cg_number("max\n", &v) && v == CTR_CG_MAX, "max");
	ok(ctr_cg_number("100000 100000\n", &v) && v == 100000, "the first of two");
	ok(!ctr_cg_number("-1\n", &v), "v1's -1 is no number");
	ok(!ctr_cg_number("", &v), "nothing is no number");
	ok(!ctr_cg_number("12x\n", &v), "a number ends where it ends");
}

static void test_keyed(void)
{
	const char *cpu =
		"usage_usec 1200\nuser_usec 1000\nsystem_usec 200\nnr_periods 5\nnr_throttled 3\n"
		"throttled_usec 40\n";
	const char *events = "low 0\nhigh 0\nmax 12\noom 2\noom_kill 1\noom_group_kill 1\n";
	uint64_t v = 99;

	ok(ctr_cg_keyed(cpu, "usage_usec", &v) && v == 1200, "the first key");
	ok(ctr_cg_keyed(cpu, "throttled_usec", &v) && v == 40, "the last key");
	ok(ctr_cg_keyed(events, "oom_kill", &v) && v == 1, "oom_kill, not oom or oom_group_kill");
	ok(ctr_cg_keyed(events, "oom", &v) && v == 2, "oom, not oom_kill");
	v = 99;
	ok(!ctr_cg_keyed(events, "kill", &v) && v == 99, "the end of a key is no key");
	ok(!ctr_cg_keyed("", "oom", &v), "an empty file has no key");
	ok(ctr_cg_keyed("oom_kill_disable 0\nunder_oom 0\noom_kill 4\n", "oom_kill", &v) && v == 4,
	   "v1's memory.oom_control");
}

static void test_mounts(void)
{
	struct ctr_cg_host host = { 0 };
	struct ctr_error err;

	is_int(ctr_cg_mounts_parse(SYSTEMD_V2, &host, &err), 0, "a systemd host");
	is_str(host.unified, "/sys/fs/cgroup", "its cgroup2 mount");
	ok(host.recursive_prot, "with memory_recursiveprot");
	is_int(ctr_cg_mounts_parse(HYBRID, &host, &err), 0, "a hybrid host");
	is_str(host.unified, "/sys/fs/cgroup/unified", "its cgroup2 mount");
	ok(!host.recursive_prot, "without memory_recursiveprot");
	is_int(ctr_cg_mounts_parse("1 2 0:3 /app.slice /mnt/bound rw - cgroup2 cgroup2 rw\n"
				   "1 2 0:3 / /mnt/second\\040one rw - cgroup2 none rw\n",
				   &host, &err),
	       0, "unusual places");
	is_str(host.unified, "/mnt/second one",
	       "a bind mount of a group is skipped, blanks are decoded");
	is_int(ctr_cg_mounts_parse("1 2 0:3 / /a rw - cgroup2 none rw\n" SYSTEMD_V2, &host, &err),
	       0, "a second mount before the usual one");
	is_str(host.unified, "/sys/fs/cgroup", "the usual place wins");
	is_int(ctr_cg_mounts_parse("1 2 0:3 / /a rw - tmpfs cgroup2 rw\n28 broken - cgroup2\n",
				   &host, &err),
	       -1, "no cgroup2");
	is_int(err.code, CTR_E_HOST, "is something the host lacks");
	ok(strstr(err.msg, "; mount -t cgroup2") != NULL, "and says how to have it");
}

static void test_notes(void)
{
	struct ctr_cg_host host = { .unified = "/sys/fs/cgroup/unified" };
	struct ctr_error err;
	char path[300];

	is_int(ctr_cg_host_note(&host, "blkio", "/sys/fs/cgroup/blkio", &err), 0, "blkio is noted");
	is_str(host.v1[CTR_CG_IO], "/sys/fs/cgroup/blkio", "as io");
	is_int(ctr_cg_host_note(&host, "memory", "/sys/fs/cgroup/unified", &err), 0,
	       "memory is noted");
	ok(host.on_v2[CTR_CG_MEMORY] && !host.v1[CTR_CG_MEMORY][0], "on cgroup2");
	is_int(ctr_cg_host_note(&host, "hugetlb", "/sys/fs/cgroup/hugetlb", &err), 0,
	       "others are ignored");
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	is_int(ctr_cg_host_note(&host, "pids", path, &err), -1, "a path too long is an error");
	is_int(ctr_cg_host_note(&host, "pids", "/a\nb", &err), -1, "so is a newline");
}

static void test_cache(void)
{
	struct ctr_cg_host host = { .unified = "/sys/fs/cgroup/unified", .device_policy = true },
			   back;
	struct ctr_cg_identity id = { .root_dev = 38, .root_ino = UINT64_MAX, .prog_id = 17 },
			       id_back;
	_cleanup_buf_ struct ctr_buf text = { 0 };
	_cleanup_free_ char *cut = NULL;
	struct ctr_error err;
	bool refused = true;

	(void)snprintf(id.boot_id, sizeof(id.boot_id), "0b5ba4c1-1c1a-4b9e-9d7e-123456789abc");
	(void)snprintf(host.v1[CTR_CG_CPU], sizeof(host.v1[CTR_CG_CPU]),
		       "/sys/fs/cgroup/cpu,cpuacct");
	host.on_v2[CTR_CG_PIDS] = true;
	is_int(ctr_cg_cache_format(&host, &id, &text, &err), 0, "a layout is written down");
	ok(ctr_cg_cache_parse(ctr_buf_str(&text), &back, &id_back), "and read");
	ok(!memcmp(&host, &back, sizeof(host)), "the same layout");
	ok(!memcmp(&id, &id_back, sizeof(id)), "the same identity");
	cut = strdup(ctr_buf_str(&text));
	for (size_t len = text.len; cut && len-- > 0;) {
		cut[len] = '\0';
		refused = refused && !ctr_cg_cache_parse(cut, &back, &id_back);
	}
	ok(refused, "a text cut at any byte is refused");
	ok(!ctr_cg_cache_parse("ctr-cgroups 2\nend .\n", &back, &id_back),
	   "another version is refused");
	ok(!ctr_cg_cache_parse("ctr-cgroups 1\nboot x\nunified /a\nnew 1\nend .\n", &back,
			       &id_back),
	   "an unknown key is refused");
	ok(!ctr_cg_cache_parse("ctr-cgroups 1\nboot x\nunified /a\ndev -1\nend .\n", &back,
			       &id_back),
	   "a bad number is refused");
	ok(ctr_cg_cache_parse("ctr-cgroups 1\nboot x\nunified /a\nend .\n", &back, &id_back),
	   "while the least is enough");
}

int main(void)
{
	test_numbers();
	test_keyed();
	test_mounts();
	test_notes();
	test_cache();
	return tap_done();
}
