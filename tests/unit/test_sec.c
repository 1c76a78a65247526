/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ids, id ranges, capability sets, sysctls, limits: what is decided before anything is given up. */
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/strv.h"
#include "security/sec_int.h"
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

/* Damaged entries give nothing, and nothing turns into root. */
static void test_hostile_entries(void)
{
	struct ctr_sec_ids ids;

	put("etc/passwd",
	    "+nis::0:0:::\n-x::0:0:::\n#c:x:0:0::/:\n77:x:0:0::/root:/bin/sh\nempty:x:::::\n"
	    "space:x: 5:5::/:/x\nplus:x:+5:5::/:/x\nhex:x:0x5:5::/:/x\nzero:x:05:5::/:/x\n"
	    "ctl:x:9:9::/a\001b:/x\ndots:x:9:9::/a/../../b:/x\nshort:x:5\n\n:x:0:0::/:\nlast:x:9:9::/h:/x");
	put("etc/group", "a:x:50:last,other\nb:x:-1:last\nc:x:9:last\nd:x:51:laster,alast,last\n");
	ok(resolve("77", &ids) == 0 && ids.uid == 77 && ids.gid == 77 && !ids.name,
	   "digits are a number, whatever passwd calls so; without an entry the gid is the same");
	ctr_sec_ids_done(&ids);
	ok(resolve("nis", &ids) < 0 && resolve("+nis", &ids) < 0 && resolve("#c", &ids) < 0,
	   "entries of NIS and comments are none");
	ok(resolve("empty", &ids) < 0 && err.code == CTR_E_SPEC, "an empty uid is not 0");
	ok(resolve("space", &ids) < 0 && resolve("plus", &ids) < 0 && resolve("hex", &ids) < 0 &&
		   resolve("zero", &ids) < 0,
	   "nor is anything but digits a uid");
	ok(resolve("short", &ids) < 0 && err.code == CTR_E_NOTFOUND, "a short line is none");
	ok(resolve("root", &ids) < 0 && err.code == CTR_E_NOTFOUND,
	   "a passwd without root has no root");
	ok(resolve("dots", &ids) == 0 && !strcmp(ids.home, "/"), "a home with .. is /");
	ctr_sec_ids_done(&ids);
	ok(resolve("ctl", &ids) == 0 && !strcmp(ids.home, "/"),
	   "a home with control characters is /");
	ctr_sec_ids_done(&ids);
	ok(resolve("last", &ids) == 0 && ids.n_groups == 2 && ids.groups[0] == 50 &&
		   ids.groups[1] == 51,
	   "groups: whole names only, no damaged number, not the own one");
	ctr_sec_ids_done(&ids);
	ok(resolve("last:a", &ids) == 0 && ids.gid == 50 && ids.n_groups == 0,
	   "with a group of its own no others");
	ctr_sec_ids_done(&ids);
	ok(resolve("last:b", &ids) < 0 && err.code == CTR_E_SPEC, "a group with a damaged number");
	ok(resolve("9", &ids) == 0 && !strcmp(ids.name, "ctl"),
	   "of several names of a uid the first");
	ctr_sec_ids_done(&ids);
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

/* Takes and gives back one name all the time; 0 when every range was its own. */
static int take_and_release(int fd, const char *name, const struct ctr_sec_idrange *pool)
{
	struct ctr_sec_idrange r;
	char link[16], owner[64];

	for (int i = 0; i < 200; i++) {
		ssize_t n;

		if (ctr_sec_idrange_take(fd, name, pool, &r, &err) < 0)
			return 1;
		(void)snprintf(link, sizeof(link), "%u", r.first);
		n = readlinkat(fd, link, owner, sizeof(owner) - 1);
		if (n < 0)
			return 2;
		owner[n] = '\0';
		if (strcmp(owner, name) != 0)
			return 3;
		if (i % 3 && ctr_sec_idrange_release(fd, name, pool, &err) < 0)
			return 4;
	}
	return 0;
}

static void test_idrange_races(void)
{
	struct ctr_sec_idrange pool = { 1000 * 65536, 40 * 65536 }, a, b,
			       moved = { 2000 * 65536, 40 * 65536 };
	bool right = true;
	struct dirent *file;
	int fd, links = 0;
	DIR *files;

	mkdirat(root, "races", 0700);
	fd = openat(root, "races", O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < 32; i++)
		if (fork() == 0) {
			char name[16];

			(void)snprintf(name, sizeof(name), "n%d", i);
			_exit(take_and_release(fd, name, &pool));
		}
	for (int i = 0, status; i < 32; i++)
		right = wait(&status) > 0 && status == 0 && right;
	ok(right, "32 processes: a range is never somebody else's");
	/* The same name at the same moment gets one range. */
	for (int i = 0; i < 32; i++)
		if (fork() == 0)
			_exit(ctr_sec_idrange_take(fd, "same", &pool, &a, &err) < 0
				      ? 255
				      : (int)((a.first - pool.first) / 65536));
	for (int i = 0, status, first = -1; i < 32; i++) {
		right = wait(&status) > 0 && WEXITSTATUS(status) < 40 && right;
		right = (first < 0 || WEXITSTATUS(status) == first) && right;
		first = WEXITSTATUS(status);
	}
	ok(right, "32 times the same name at once: one range");
	files = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY));
	while ((file = readdir(files)))
		links += file->d_name[0] != '.' && file->d_name[0] != '@';
	closedir(files);
	is_int(links, 1, "and no other is kept, of this name or of those given back");
	/* What was released before it in the probe does not change it. */
	for (int i = 0; i < 32; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "n%d", i);
		right = ctr_sec_idrange_take(fd, name, &pool, &a, &err) == 0 && right;
		right = ctr_sec_idrange_release(fd, "same", &pool, &err) == 0 && right;
		right = ctr_sec_idrange_take(fd, name, &pool, &b, &err) == 0 &&
			a.first == b.first && right;
	}
	ok(right, "a name keeps its range while others come and go");
	/* A crash between the two links. */
	(void)ctr_sec_idrange_take(fd, "n3", &pool, &a, &err);
	(void)unlinkat(fd, "@n3", 0);
	ok(ctr_sec_idrange_take(fd, "n3", &pool, &b, &err) == 0 && a.first == b.first,
	   "what a crash left is found again");
	ok(ctr_sec_idrange_take(fd, "n3", &moved, &b, &err) == 0 && b.first >= moved.first,
	   "a pool that moved");
	moved = (struct ctr_sec_idrange){ UINT32_MAX - 65536 * 2 + 1, 65536 * 2 };
	ok(ctr_sec_idrange_take(fd, "n3", &moved, &b, &err) == 0 &&
		   b.first + (b.count - 1) < UINT32_MAX,
	   "the id -1 is never given");
	ok(ctr_sec_idrange_take(fd, "../x", &pool, &b, &err) < 0, "a name that is none");
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

/* Writing: only below a real procfs, only what is allowed, and in a namespace of our own. */
static void test_sysctls_apply(void)
{
	char *core[] = { (char *)"kernel.core_pattern=|/x", NULL };
	char *line[] = { (char *)"kernel.sem=1\n2", NULL };
	char *mine[] = { (char *)"kernel.msgmnb=12345", (char *)"kernel.domainname=dom.test",
			 NULL };
	_cleanup_close_ int proc = open("/proc/sys", O_RDONLY | O_DIRECTORY);
	int status = -1;

	ok(ctr_sec_sysctls_apply(root, mine, &err) < 0 && strstr(err.msg, "procfs"), "not procfs");
	ok(ctr_sec_sysctls_apply(proc, core, &err) < 0 && err.code == CTR_E_SPEC, "core_pattern");
	ok(ctr_sec_sysctls_apply(proc, line, &err) < 0 && err.code == CTR_E_SPEC, "a line break");
	ok(ctr_sec_sysctls_apply(-1, NULL, &err) == 0, "none");
	if (fork() == 0) {
		_cleanup_buf_ struct ctr_buf text = { 0 };
		char domain[65];

		if (unshare(CLONE_NEWIPC | CLONE_NEWUTS) < 0 ||
		    ctr_sec_sysctls_apply(proc, mine, &err) < 0 ||
		    ctr_fd_read_at(proc, "kernel/msgmnb", 64, &text, &err) < 0 ||
		    getdomainname(domain, sizeof(domain)) < 0)
			_exit(1);
		_exit(strcmp(ctr_buf_str(&text), "12345\n") || strcmp(domain, "dom.test") ? 2 : 0);
	}
	(void)wait(&status);
	is_int(status, 0, "written and read back in namespaces of their own");
}

static bool has_limit(const struct ctr_sec_plan *plan, const struct ctr_sec_rlimit *want)
{
	for (size_t i = 0; i < plan->n_rlimits; i++)
		if (plan->rlimits[i].resource == want->resource)
			return plan->rlimits[i].soft == want->soft &&
			       plan->rlimits[i].hard == want->hard;
	return false;
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
	ok(ctr_sec_plan(&spec, -1, &plan, &err) == 0 && has_limit(&plan, &limit),
	   "as much as we have");
	ctr_sec_plan_done(&plan);
	limit.hard = now.rlim_max + 1;
	/* Who has CAP_SYS_RESOURCE may raise it. */
	if (ctr_sec_caps_host() & SEC_CAP(CAP_SYS_RESOURCE))
		ok(ctr_sec_plan(&spec, -1, &plan, &err) == 0, "more is given");
	else
		ok(now.rlim_max == RLIM_INFINITY ||
			   (ctr_sec_plan(&spec, -1, &plan, &err) < 0 && err.code == CTR_E_HOST &&
			    strstr(err.msg, "nofile")),
		   "more is refused by name");
	ctr_sec_plan_done(&plan);
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
	test_hostile_entries();
	test_hostile_files();
	test_idranges();
	test_idrange_races();
	test_caps();
	test_sysctls();
	test_sysctls_apply();
	test_rlimits();
	(void)ctr_fd_remove_tree(AT_FDCWD, dir, &err);
	return tap_done();
}
