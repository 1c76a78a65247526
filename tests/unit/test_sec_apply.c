/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plans applied for real, in a user namespace of its own and in the host's: a child gives its powers up and executes this
 * program again, which prints what the kernel says about it. Also the computed capability sets and limits.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/strv.h"
#include "security/sec_int.h"
#include "tests/unit/tap.h"

static struct ctr_error err;
static int self_fd;

static const char *const shown[] = { "Uid:",        "Gid:",     "Groups:", "CapInh:",
				     "CapPrm:",     "CapEff:",  "CapBnd:", "CapAmb:",
				     "NoNewPrivs:", "Seccomp:", NULL };

/* The second life: the lines of /proc/self/status that matter, and what prctl(2) and getrlimit(2) say. */
static int show_status(void)
{
	struct rlimit nofile = { 0 }, core = { 0 };
	FILE *f = fopen("/proc/self/status", "re");
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		for (const char *const *key = shown; *key; key++)
			if (!strncmp(line, *key, strlen(*key)))
				fputs(line, stdout);
	(void)getrlimit(RLIMIT_NOFILE, &nofile);
	(void)getrlimit(RLIMIT_CORE, &core);
	printf("Securebits:\t%d\n", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
	printf("Nofile:\t%llu\nCore:\t%llu\n", (unsigned long long)nofile.rlim_cur,
	       (unsigned long long)core.rlim_cur);
	printf("Dumpable:\t%d\n", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	printf("Keyctl:\t%s\n", syscall(SYS_keyctl, 0, -3, 0) < 0 ? "denied" : "allowed");
	return 0;
}

static void become(const struct ctr_sec_plan *plan, const struct ctr_sec_ids *ids, int out)
{
	char *const argv[] = { (char *)"test_sec_apply", (char *)"--status", NULL };
	char *const env[] = { (char *)"ASAN_OPTIONS=detect_leaks=0", NULL };

	if (dup2(out, 1) < 0 || ctr_sec_apply(plan, ids, &err) < 0) {
		(void)dprintf(out, "apply: %s\n", err.msg);
		_exit(1);
	}
	(void)fexecve(self_fd, argv, env);
	(void)dprintf(out, "exec: %s\n", strerror(errno));
	_exit(1);
}

/* As init does: the host's root has no name in the new namespace. */
static int become_root(void)
{
	return setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0 ? -1 : 0;
}

/* What a process with this plan says about itself. */
static void status_of(const struct ctr_sec_plan *plan, const struct ctr_sec_ids *ids, bool userns,
		      struct ctr_buf *text)
{
	static const struct ctr_sec_idrange range = { 1879048192, 65536 };
	int out[2], go[2];
	pid_t pid;
	char c = 0;

	fflush(stdout);
	if (pipe(out) < 0 || pipe(go) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		close(out[0]);
		if (userns) {
			if (unshare(CLONE_NEWUSER) < 0 || write(out[1], "u", 1) != 1 ||
			    read(go[0], &c, 1) != 1 || become_root() < 0)
				_exit(2);
		}
		become(plan, ids, out[1]);
	}
	close(out[1]);
	if (userns) {
		ok(read(out[0], &c, 1) == 1 && ctr_sec_idmap_write(pid, &range, &err) == 0,
		   "ids are mapped");
		(void)!write(go[1], "g", 1);
	}
	(void)ctr_fd_read_all(out[0], 1 << 16, text, &err);
	(void)waitpid(pid, NULL, 0);
	close(out[0]);
	close(go[0]);
	close(go[1]);
}

static const char *field(const struct ctr_buf *text, const char *key, char value[static 128])
{
	const char *at = strstr(ctr_buf_str(text), key);

	value[0] = '\0';
	if (at) {
		at += strlen(key);
		at += strspn(at, " \t");
		(void)snprintf(value, 128, "%.*s", (int)strcspn(at, "\n"), at);
	}
	for (size_t n = strlen(value); n && (value[n - 1] == ' ' || value[n - 1] == '\t'); n--)
		value[n - 1] = '\0';
	return value;
}

struct expect {
	const char *what;
	enum ctr_sec_profile profile;
	bool userns, no_new_privs;
	const char *drop, *add;
	uid_t uid;
	gid_t groups[2];
	const char *uids, *group_list, *inh, *prm, *bnd, *amb, *nnp, *securebits;
};

#define NONE "0000000000000000"
#define APP "00000000800405fb"
#define BIND "0000000000000400"

static const struct expect rows[] = {
	{ "app, root",
	  CTR_SEC_APP,
	  true,
	  false,
	  NULL,
	  NULL,
	  0,
	  { 0 },
	  "0\t0\t0\t0",
	  "",
	  NONE,
	  APP,
	  APP,
	  NONE,
	  "0",
	  "0" },
	{ "app, root, no_new_privs",
	  CTR_SEC_APP,
	  true,
	  true,
	  NULL,
	  NULL,
	  0,
	  { 0 },
	  "0\t0\t0\t0",
	  "",
	  NONE,
	  APP,
	  APP,
	  NONE,
	  "1",
	  "0" },
	{ "service, root",
	  CTR_SEC_SERVICE,
	  true,
	  true,
	  NULL,
	  NULL,
	  0,
	  { 0 },
	  "0\t0\t0\t0",
	  "",
	  NONE,
	  NONE,
	  NONE,
	  NONE,
	  "1",
	  "0" },
	{ "app, a user",
	  CTR_SEC_APP,
	  true,
	  false,
	  NULL,
	  NULL,
	  1000,
	  { 27, 44 },
	  "1000\t1000\t1000\t1000",
	  "27 44",
	  NONE,
	  NONE,
	  APP,
	  NONE,
	  "0",
	  "0" },
	{ "app, a user with one",
	  CTR_SEC_APP,
	  true,
	  false,
	  "ALL",
	  "NET_BIND_SERVICE",
	  1000,
	  { 0 },
	  "1000\t1000\t1000\t1000",
	  "",
	  BIND,
	  BIND,
	  BIND,
	  BIND,
	  "0",
	  "0" },
	{ "service, a user with one",
	  CTR_SEC_SERVICE,
	  true,
	  true,
	  NULL,
	  "NET_BIND_SERVICE",
	  105,
	  { 27, 44 },
	  "105\t105\t105\t105",
	  "27 44",
	  BIND,
	  BIND,
	  BIND,
	  BIND,
	  "1",
	  "3" },
	{ "service, the host's ids",
	  CTR_SEC_SERVICE,
	  false,
	  true,
	  NULL,
	  "NET_BIND_SERVICE",
	  65534,
	  { 0 },
	  "65534\t65534\t65534\t65534",
	  "",
	  BIND,
	  BIND,
	  BIND,
	  BIND,
	  "1",
	  "3" },
	{ "app, the host's ids",
	  CTR_SEC_APP,
	  false,
	  false,
	  NULL,
	  NULL,
	  0,
	  { 0 },
	  "0\t0\t0\t0",
	  "",
	  NONE,
	  APP,
	  APP,
	  NONE,
	  "0",
	  "0" },
};

static void check(const char *what, const char *key, const struct ctr_buf *text, const char *want)
{
	char value[128], line[160];

	(void)snprintf(line, sizeof(line), "%s: %s", what, key);
	is_str(field(text, key, value), want, line);
}

static void test_apply(const struct expect *e)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	struct ctr_sec_ids ids = { .uid = e->uid, .gid = e->uid };
	struct ctr_sec_plan plan = { 0 };
	struct ctr_sec_spec spec;

	ctr_sec_spec_init(&spec);
	spec.profile = e->profile;
	spec.userns = e->userns;
	spec.no_new_privs = e->no_new_privs;
	if (e->drop)
		(void)ctr_strv_add(&spec.cap_drop, e->drop, &err);
	if (e->add)
		(void)ctr_strv_add(&spec.cap_add, e->add, &err);
	ids.groups = (gid_t *)(uintptr_t)e->groups;
	ids.n_groups = e->groups[0] ? 2 : 0;
	if (ok(ctr_sec_plan(&spec, -1, &plan, &err) == 0, e->what))
		status_of(&plan, &ids, e->userns, &text);
	check(e->what, "Uid:", &text, e->uids);
	check(e->what, "Gid:", &text, e->uids);
	check(e->what, "Groups:", &text, e->group_list);
	check(e->what, "CapInh:", &text, e->inh);
	check(e->what, "CapPrm:", &text, e->prm);
	check(e->what, "CapEff:", &text, e->prm);
	check(e->what, "CapBnd:", &text, e->bnd);
	check(e->what, "CapAmb:", &text, e->amb);
	check(e->what, "NoNewPrivs:", &text, e->nnp);
	check(e->what, "Seccomp:", &text, "2");
	check(e->what, "Securebits:", &text, e->securebits);
	check(e->what, "Core:", &text, "0");
	check(e->what, "Nofile:", &text, "1024");
	check(e->what, "Keyctl:", &text, "denied");
	ctr_sec_plan_done(&plan);
	ctr_sec_spec_done(&spec);
}

static void test_compute(void)
{
	static const uint64_t host =
		SEC_CAP(CAP_CHOWN) | SEC_CAP(CAP_KILL) | SEC_CAP(CAP_NET_ADMIN);
	static const struct {
		const char *drop, *add, *add2;
		enum ctr_sec_profile profile;
		int code;
		uint64_t bounding, ambient;
	} cases[] = {
		{ NULL, NULL, NULL, CTR_SEC_APP, 0, SEC_CAP(CAP_CHOWN) | SEC_CAP(CAP_KILL), 0 },
		{ NULL, NULL, NULL, CTR_SEC_SERVICE, 0, 0, 0 },
		{ "KILL", NULL, NULL, CTR_SEC_APP, 0, SEC_CAP(CAP_CHOWN), 0 },
		{ "ALL", "KILL", NULL, CTR_SEC_APP, 0, SEC_CAP(CAP_KILL), SEC_CAP(CAP_KILL) },
		{ NULL, "ALL", NULL, CTR_SEC_APP, 0, host, 0 },
		{ "ALL", "ALL", "KILL", CTR_SEC_APP, 0, host, SEC_CAP(CAP_KILL) },
		{ NULL, "CAP_NET_ADMIN", NULL, CTR_SEC_SERVICE, 0, SEC_CAP(CAP_NET_ADMIN),
		  SEC_CAP(CAP_NET_ADMIN) },
		{ NULL, "SYS_TIME", NULL, CTR_SEC_APP, CTR_E_HOST, 0, 0 },
		{ NULL, "net_admin", NULL, CTR_SEC_APP, CTR_E_SPEC, 0, 0 },
		{ "12", NULL, NULL, CTR_SEC_APP, CTR_E_SPEC, 0, 0 },
		{ NULL, "CAP_", NULL, CTR_SEC_APP, CTR_E_SPEC, 0, 0 },
	};

	for (size_t i = 0; i < CTR_ARRAY_LEN(cases); i++) {
		uint64_t bounding = 0, ambient = 0;
		struct ctr_sec_spec spec;
		char what[64];
		int rc;

		ctr_sec_spec_init(&spec);
		spec.profile = cases[i].profile;
		if (cases[i].drop)
			(void)ctr_strv_add(&spec.cap_drop, cases[i].drop, &err);
		if (cases[i].add)
			(void)ctr_strv_add(&spec.cap_add, cases[i].add, &err);
		if (cases[i].add2)
			(void)ctr_strv_add(&spec.cap_add, cases[i].add2, &err);
		rc = ctr_sec_caps_compute(&spec, host, &bounding, &ambient, &err);
		(void)snprintf(what, sizeof(what), "set %zu: drop %s add %s", i,
			       cases[i].drop ? cases[i].drop : "-",
			       cases[i].add ? cases[i].add : "-");
		ok(cases[i].code ? rc < 0 && err.code == cases[i].code
				 : rc == 0 && bounding == cases[i].bounding &&
					   ambient == cases[i].ambient,
		   what);
		ctr_sec_spec_done(&spec);
	}
}

/* In a child: what it inherits decides nothing but the hard limits. */
static int odd_limits(void)
{
	static const struct rlimit few = { 7, 300 }, stack = { RLIM_INFINITY, RLIM_INFINITY };
	struct ctr_sec_rlimit want = { RLIMIT_NOFILE, 200, 300 };
	struct ctr_sec_plan plan = { 0 };
	struct ctr_sec_spec spec;
	struct rlimit now;
	int wrong = 0;

	ctr_sec_spec_init(&spec);
	spec.seccomp = strdup("unconfined");
	if (setrlimit(RLIMIT_NOFILE, &few) < 0 || setrlimit(RLIMIT_STACK, &stack) < 0 ||
	    ctr_sec_plan(&spec, -1, &plan, &err) < 0 || ctr_sec_rlimits_apply(&plan, &err) < 0)
		return 100;
	wrong += getrlimit(RLIMIT_NOFILE, &now) < 0 || now.rlim_cur != 300 || now.rlim_max != 300;
	wrong += getrlimit(RLIMIT_STACK, &now) < 0 || now.rlim_cur != 8 << 20;
	ctr_sec_plan_done(&plan);
	spec.rlimits = &want;
	spec.n_rlimits = 1;
	if (ctr_sec_plan(&spec, -1, &plan, &err) < 0 || ctr_sec_rlimits_raise(&plan, 0, &err) < 0 ||
	    ctr_sec_rlimits_apply(&plan, &err) < 0)
		return 101;
	wrong += getrlimit(RLIMIT_NOFILE, &now) < 0 || now.rlim_cur != 200 || now.rlim_max != 300;
	ctr_sec_plan_done(&plan);
	/* Raised where the host may; refused by name, with both numbers, where it may not. */
	want.soft = want.hard = 400;
	if (ctr_sec_plan(&spec, -1, &plan, &err) < 0)
		wrong += err.code != CTR_E_HOST || !strstr(err.msg, "nofile") ||
			 !strstr(err.msg, "400") || !strstr(err.msg, "300");
	else
		wrong += ctr_sec_rlimits_raise(&plan, 0, &err) < 0 ||
			 getrlimit(RLIMIT_NOFILE, &now) < 0 || now.rlim_max != 400;
	return wrong;
}

static void test_limits(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(odd_limits());
	(void)waitpid(pid, &status, 0);
	is_int(status, 0,
	       "limits: the caller's soft ones do not get in, hard ones are raised or refused");
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--status"))
		return show_status();
	self_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (geteuid() != 0 || self_fd < 0) {
		ok(false, "powers are given up as root");
		return tap_done();
	}
	test_compute();
	test_limits();
	for (size_t i = 0; i < CTR_ARRAY_LEN(rows); i++)
		test_apply(&rows[i]);
	return tap_done();
}
