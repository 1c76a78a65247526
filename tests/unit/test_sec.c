/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ids, id ranges, capability sets, sysctls, limits: what is decided before anything is given up. */
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/strv.h"
#include "security/security.h"
#include "tests/unit/tap.h"

static struct ctr_error err;
static char dir[] = "/tmp/ctr-test-sec.XXXXXX";
static int root;

static void put(const char *path, const char *text)
{
	int fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	(void)!write(fd, text, strlen(text));
	close(fd);
}

static int resolve(const char *user, struct ctr_sec_ids *ids)
{
	*ids = (struct ctr_sec_ids){ 0 };
	return ctr_sec_ids_resolve(root, user, ids, &err);
}

static void test_ids(void)
{
	static const char *const bad[] = {
		"-1",           "4294967295", "4294967294", "4294967296", "99999999999999999999",
		"01",           "evil",       "neg",        "+1",         "1x",
		"0x1",          "",           " 1",         "1:",         "1:-1",
		"1:4294967295", "1:nogroup"
	};
	struct ctr_sec_ids ids;

	mkdirat(root, "etc", 0755);
	put("etc/passwd",
	    "root:x:0:0:root:/root:/bin/sh\nbind:x:105:106::/var/cache/bind:/bin/false\n"
	    "evil:x:4294967296:0::/:/x\nneg:x:-1:0::/:/x\nhalf\nrel:x:7:8::home:/x\n");
	put("etc/group", "root:x:0:\nbind:x:106:\nssl:x:200:bind,other\nshort\n");
	ok(resolve(NULL, &ids) == 0 && ids.uid == 0 && ids.gid == 0, "no user is root");
	ctr_sec_ids_done(&ids);
	ok(resolve("bind", &ids) == 0 && ids.uid == 105 && ids.gid == 106, "a name");
	ok(ids.n_groups == 1 && ids.groups[0] == 200, "with its groups");
	is_str(ids.home, "/var/cache/bind", "and home");
	ctr_sec_ids_done(&ids);
	ok(resolve("1", &ids) == 0 && ids.uid == 1, "1 is 1");
	ctr_sec_ids_done(&ids);
	ok(resolve("105", &ids) == 0 && ids.uid == 105 && ids.gid == 106,
	   "a number that has a line gets its group");
	ctr_sec_ids_done(&ids);
	ok(resolve("1000:1001", &ids) == 0 && ids.uid == 1000 && ids.gid == 1001, "two numbers");
	ctr_sec_ids_done(&ids);
	ok(resolve("bind:ssl", &ids) == 0 && ids.uid == 105 && ids.gid == 200, "two names");
	ctr_sec_ids_done(&ids);
	ok(resolve("rel", &ids) == 0 && !strcmp(ids.home, "/"), "a home that is no path is /");
	ctr_sec_ids_done(&ids);
	for (size_t i = 0; i < CTR_ARRAY_LEN(bad); i++)
		ok(resolve(bad[i], &ids) < 0, bad[i]);
}

static void test_hostile_files(void)
{
	struct ctr_sec_ids ids;
	int fd;

	unlinkat(root, "etc/passwd", 0);
	ok(resolve("5", &ids) == 0 && ids.uid == 5, "numbers need no passwd");
	ctr_sec_ids_done(&ids);
	ok(resolve("bind", &ids) < 0 && err.code == CTR_E_NOTFOUND, "names do");
	(void)mkfifoat(root, "etc/passwd", 0644);
	ok(resolve("bind", &ids) < 0 && err.code == CTR_E_SPEC,
	   "a FIFO is refused and does not block");
	unlinkat(root, "etc/passwd", 0);
	(void)!symlinkat("/proc/self/root/etc/passwd", root, "etc/passwd");
	ok(resolve("root", &ids) == 0, "root needs no line");
	ctr_sec_ids_done(&ids);
	ok(resolve("daemon", &ids) < 0, "a link to the host's passwd stays inside the root");
	unlinkat(root, "etc/passwd", 0);
	fd = openat(root, "etc/passwd", O_WRONLY | O_CREAT, 0644);
	(void)!ftruncate(fd, 64 << 20);
	close(fd);
	ok(resolve("bind", &ids) < 0, "an endless file is refused");
	unlinkat(root, "etc/passwd", 0);
	fd = openat(root, "etc/passwd", O_WRONLY | O_CREAT, 0644);
	(void)!write(fd, "bind\0:x:0:0::/:\n", 16);
	close(fd);
	ok(resolve("bind", &ids) < 0, "a NUL byte is refused");
}

static void test_idranges(void)
{
	struct ctr_sec_idrange pool = { 1879048192, 40 * 65536 }, r, again;
	bool distinct = true;
	int fd;

	mkdirat(root, "ids", 0700);
	fd = openat(root, "ids", O_RDONLY | O_DIRECTORY);
	ok(ctr_sec_idrange_take(fd, "a", &pool, &r, &err) == 0 && r.count == 65536 &&
		   r.first >= pool.first,
	   "a range");
	ok(ctr_sec_idrange_take(fd, "a", &pool, &again, &err) == 0 && again.first == r.first,
	   "the same name, the same range");
	for (int i = 0; i < 32; i++) {
		if (fork() == 0) {
			char name[16];

			snprintf(name, sizeof(name), "n%d", i);
			_exit(ctr_sec_idrange_take(fd, name, &pool, &r, &err) < 0);
		}
	}
	for (int i = 0, status; i < 32; i++)
		distinct = wait(&status) > 0 && status == 0 && distinct;
	ok(distinct, "32 at once");
	for (int i = 32; i < 39; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%d", i);
		distinct = ctr_sec_idrange_take(fd, name, &pool, &r, &err) == 0 && distinct;
	}
	ok(distinct, "until the pool is full");
	ok(ctr_sec_idrange_take(fd, "late", &pool, &r, &err) < 0 && err.code == CTR_E_HOST,
	   "then it says so");
	ok(ctr_sec_idrange_release(fd, "n7", &pool, &err) == 0 &&
		   ctr_sec_idrange_release(fd, "n7", &pool, &err) == 0,
	   "given back, twice");
	ok(ctr_sec_idrange_take(fd, "late", &pool, &r, &err) == 0, "it is free again");
	close(fd);
}

static uint64_t bounding(enum ctr_sec_profile profile, const char *drop, const char *add,
			 uint64_t *ret_ambient)
{
	struct ctr_sec_plan plan = { 0 };
	struct ctr_sec_spec spec;
	uint64_t set;

	ctr_sec_spec_init(&spec);
	spec.profile = profile;
	spec.seccomp = strdup("unconfined");
	if (drop)
		(void)ctr_strv_add(&spec.cap_drop, drop, &err);
	if (add)
		(void)ctr_strv_add(&spec.cap_add, add, &err);
	set = ctr_sec_plan(&spec, -1, &plan, &err) < 0 ? UINT64_MAX : plan.bounding;
	if (ret_ambient)
		*ret_ambient = plan.ambient;
	ctr_sec_plan_done(&plan);
	ctr_sec_spec_done(&spec);
	return set;
}

static void test_caps(void)
{
	uint64_t ambient;

	ok(ctr_sec_cap_number("NET_ADMIN") == CAP_NET_ADMIN &&
		   ctr_sec_cap_number("CAP_NET_ADMIN") == CAP_NET_ADMIN,
	   "with and without CAP_");
	ok(ctr_sec_cap_number("NET_ADMINX") < 0 && ctr_sec_cap_number("") < 0, "no other name");
	is_int(bounding(CTR_SEC_APP, NULL, NULL, NULL), 0x800405fb, "app: podman's eleven");
	is_int(bounding(CTR_SEC_SERVICE, NULL, NULL, NULL), 0, "service: none");
	is_int(bounding(CTR_SEC_APP, "ALL", "NET_BIND_SERVICE", &ambient), 0x400,
	       "drop ALL, add one");
	is_int(ambient, 0x400, "which a user other than root gets as ambient");
	is_int(bounding(CTR_SEC_APP, "CHOWN", NULL, NULL), 0x800405fa, "drop one");
	is_int(bounding(CTR_SEC_APP, NULL, "NONSENSE", NULL), -1, "an unknown one is an error");
}

static void test_sysctls(void)
{
	static const char *const bad[] = { "kernel.core_pattern",
					   "vm.drop_caches",
					   "kernel.panic",
					   "",
					   ".",
					   "net..x",
					   "net.x.",
					   "net/ipv4/ip_forward",
					   "kernel.sem=1",
					   "net.a\nb",
					   "kernel.msgmaxx",
					   "fs.file-max" };
	const char *why;

	ok(ctr_sec_sysctl_allowed("net.ipv4.ip_forward", true, &why), "net with an own network");
	ok(!ctr_sec_sysctl_allowed("net.ipv4.ip_forward", false, &why) && why,
	   "and not with the host's");
	ok(ctr_sec_sysctl_allowed("kernel.sem", false, &why) &&
		   ctr_sec_sysctl_allowed("fs.mqueue.msg_max", false, &why),
	   "what the ipc namespace isolates");
	for (size_t i = 0; i < CTR_ARRAY_LEN(bad); i++)
		ok(!ctr_sec_sysctl_allowed(bad[i], true, &why) && why && *why, bad[i]);
}

static void test_rlimits(void)
{
	struct ctr_sec_rlimit limit = { .resource = RLIMIT_NOFILE };
	struct ctr_sec_plan plan = { 0 };
	struct ctr_sec_spec spec;
	struct rlimit now;

	ctr_sec_spec_init(&spec);
	spec.seccomp = strdup("unconfined");
	is_int(ctr_sec_rlimit_number("nofile"), RLIMIT_NOFILE, "nofile");
	is_str(ctr_sec_rlimit_name(RLIMIT_NPROC), "nproc", "nproc");
	ok(ctr_sec_rlimit_number("files") < 0, "no other name");
	(void)getrlimit(RLIMIT_NOFILE, &now);
	limit.soft = limit.hard = now.rlim_max;
	spec.rlimits = &limit;
	spec.n_rlimits = 1;
	ok(ctr_sec_plan(&spec, -1, &plan, &err) == 0 && plan.n_rlimits == 1, "as much as we have");
	ctr_sec_plan_done(&plan);
	limit.hard = now.rlim_max + 1;
	ok(now.rlim_max == RLIM_INFINITY ||
		   (ctr_sec_plan(&spec, -1, &plan, &err) < 0 && err.code == CTR_E_HOST),
	   "more is refused by name");
	spec.rlimits = NULL;
	spec.n_rlimits = 0;
	ctr_sec_spec_done(&spec);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 2;
	root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_ids();
	test_hostile_files();
	test_idranges();
	test_caps();
	test_sysctls();
	test_rlimits();
	(void)ctr_fd_remove_tree(AT_FDCWD, dir, &err);
	return tap_done();
}
