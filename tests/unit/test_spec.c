/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Specifications as people write them. tests/golden/spec/good/X.yaml must give X.dump, and the dump
 * must give itself; tests/golden/spec/bad/X.yaml must give exactly the problems of X.problems.
 * CTR_GOLDEN_UPDATE=1 writes the expected files anew: look at the difference before keeping it.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "common/strv.h"
#include "spec/spec.h"
#include "tests/unit/tap.h"

static struct ctr_error err;

/* Each call is a check of its own: whatever happens, nothing leaks and nothing is half filled. */
static int read_spec(const char *source, const char *text, size_t len, struct ctr_buf *ret_dump,
		     struct ctr_buf *ret_problems)
{
	struct ctr_spec spec;
	int rc;

	ctr_spec_init(&spec);
	rc = ctr_spec_read_text(source, text, len, &spec, ret_problems, &err);
	if (rc == 0)
		rc = ctr_spec_dump(&spec, ret_dump, &err);
	ctr_spec_done(&spec);
	return rc;
}

static bool load(const char *path, struct ctr_buf *ret_text)
{
	return ctr_fd_read_at(AT_FDCWD, path, 4 << 20, ret_text, &err) == 0;
}

static void compare(const char *path, const char *got, const char *what)
{
	_cleanup_buf_ struct ctr_buf want = { 0 };

	if (getenv("CTR_GOLDEN_UPDATE")) {
		_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

		(void)ctr_fd_write_all(fd, got, strlen(got), &err);
	}
	(void)load(path, &want);
	is_str(got, ctr_buf_str(&want), what);
}

static void check_good(const char *base, const char *yaml, const char *dump_path)
{
	_cleanup_buf_ struct ctr_buf text = { 0 }, dump = { 0 }, problems = { 0 }, again = { 0 };
	char what[256];

	(void)snprintf(what, sizeof(what), "good/%s is read", base);
	if (!ok(load(yaml, &text) &&
			read_spec(base, ctr_buf_str(&text), text.len, &dump, &problems) == 0,
		what)) {
		printf("# %s\n", ctr_buf_str(&problems));
		return;
	}
	(void)snprintf(what, sizeof(what), "good/%s has the expected dump", base);
	compare(dump_path, ctr_buf_str(&dump), what);
	(void)snprintf(what, sizeof(what), "good/%s: the dump gives itself", base);
	if (read_spec("dump", ctr_buf_str(&dump), dump.len, &again, &problems) < 0)
		printf("# %s\n", ctr_buf_str(&problems));
	is_str(ctr_buf_str(&again), ctr_buf_str(&dump), what);
}

static void check_bad(const char *base, const char *yaml, const char *problems_path)
{
	_cleanup_buf_ struct ctr_buf text = { 0 }, dump = { 0 }, problems = { 0 };
	char what[256];
	int rc;

	err = (struct ctr_error){ 0 };
	(void)snprintf(what, sizeof(what), "bad/%s is refused", base);
	rc = load(yaml, &text) ? read_spec(base, ctr_buf_str(&text), text.len, &dump, &problems)
			       : 0;
	ok(rc == -1 && err.code == CTR_E_SPEC && ctr_err_exit_status(&err) == 2, what);
	(void)snprintf(what, sizeof(what), "bad/%s has the expected problems", base);
	compare(problems_path, ctr_buf_str(&problems), what);
}

static int is_yaml(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".yaml");
}

static int check_all(const char *kind, const char *suffix,
		     void (*check)(const char *base, const char *yaml, const char *expected))
{
	struct dirent **list = NULL;
	char dir[512], yaml[1024], expected[1024];
	int n;

	(void)snprintf(dir, sizeof(dir), "%s/spec/%s", CTR_GOLDEN_DIR, kind);
	n = scandir(dir, &list, is_yaml, alphasort);
	for (int i = 0; i < n; i++) {
		const char *base = list[i]->d_name;

		(void)snprintf(yaml, sizeof(yaml), "%s/%s", dir, base);
		(void)snprintf(expected, sizeof(expected), "%s/%.*s.%s", dir, (int)strlen(base) - 5,
			       base, suffix);
		check(base, yaml, expected);
		free(list[i]);
	}
	free(list);
	return n;
}

static void test_templates(void)
{
	static const char *const profiles[] = { "app", "service" };

	for (size_t i = 0; i < CTR_ARRAY_LEN(profiles); i++) {
		_cleanup_buf_ struct ctr_buf text = { 0 }, dump = { 0 }, again = { 0 },
					     problems = { 0 }, open = { 0 };

		ok(ctr_spec_example(profiles[i], &text, &err) == 0, "a template is there");
		if (!ok(read_spec("template", ctr_buf_str(&text), text.len, &dump, &problems) == 0,
			"it passes the check"))
			printf("# %s\n", ctr_buf_str(&problems));
		(void)read_spec("dump", ctr_buf_str(&dump), dump.len, &again, &problems);
		is_str(ctr_buf_str(&again), ctr_buf_str(&dump), "its dump gives itself");
		/* Commented-out keys are "#key" at the left or after two blanks; prose has "# ". */
		for (const char *p = ctr_buf_str(&text), *end; *p; p = end + 1) {
			const char *hash = p + strspn(p, " ");

			end = strchr(p, '\n');
			if (*hash == '#' && hash[1] != ' ' && !strncmp(hash, "#host: [", 8) == 0) {
				ctr_buf_add(&open, p, (size_t)(hash - p));
				ctr_buf_add(&open, hash + 1, (size_t)(end - hash));
			} else {
				ctr_buf_add(&open, p, (size_t)(end - p) + 1);
			}
		}
		if (!ok(read_spec("opened", ctr_buf_str(&open), open.len, &dump, &problems) == 0,
			"with every line opened it passes too"))
			printf("# %s\n", ctr_buf_str(&problems));
	}
	ok(ctr_spec_example("vps", &(struct ctr_buf){ 0 }, &err) == -1 && err.code == CTR_E_USAGE,
	   "there is no other template");
}

/* What is delivered as an example is right. */
static void test_examples(void)
{
	static const char *const names[] = { "bind9", "busybox", "nginx", "redis" };

	for (size_t i = 0; i < CTR_ARRAY_LEN(names); i++) {
		_cleanup_buf_ struct ctr_buf text = { 0 }, dump = { 0 }, again = { 0 },
					     problems = { 0 };
		char path[512];

		(void)snprintf(path, sizeof(path), "%s/../../examples/%s.yaml", CTR_GOLDEN_DIR,
			       names[i]);
		if (!ok(load(path, &text) && read_spec(path, ctr_buf_str(&text), text.len, &dump,
						       &problems) == 0,
			names[i]))
			printf("# %s\n", ctr_buf_str(&problems));
		(void)read_spec("dump", ctr_buf_str(&dump), dump.len, &again, &problems);
		is_str(ctr_buf_str(&again), ctr_buf_str(&dump), "its dump gives itself");
	}
}

static const char base_text[] = "name: web1\nrootfs: {path: /srv/web1}\ncommand: [/bin/true]\n";

static void expect(const char *text, size_t len, const char *wanted, const char *what)
{
	_cleanup_buf_ struct ctr_buf dump = { 0 }, problems = { 0 };

	err = (struct ctr_error){ 0 };
	ok(read_spec("t", text, len, &dump, &problems) == -1 && err.code == CTR_E_SPEC, what);
	if (!ok(strstr(ctr_buf_str(&problems), wanted), wanted))
		printf("# got: %s\n", ctr_buf_str(&problems));
}

/* What no text file should hold, and what is too big to keep. */
static void test_hostile(void)
{
	_cleanup_buf_ struct ctr_buf deep = { 0 }, big = { 0 }, wide = { 0 }, many = { 0 },
				     items = { 0 }, mounts = { 0 };
	_cleanup_buf_ struct ctr_buf dump = { 0 }, problems = { 0 };

	ctr_buf_printf(&deep, "%svolumes: ", base_text);
	for (int i = 0; i < 100; i++)
		ctr_buf_puts(&deep, "[");
	for (int i = 0; i < 100; i++)
		ctr_buf_puts(&deep, "]");
	expect(deep.data, deep.len,
	       "t:4:73: more than 64 levels of nesting; make the document flatter", "100 levels");

	ctr_buf_puts(&big, base_text);
	while (big.len < 2 << 20)
		ctr_buf_puts(&big, "# a comment that goes on and on and on and on\n");
	expect(big.data, big.len, "t:1:1: the document is larger than 1 MiB; make it smaller",
	       "2 MiB");

	ctr_buf_printf(&wide, "%senvironment:\n", base_text);
	for (int i = 0; i < 1100; i++)
		ctr_buf_printf(&wide, "  V%d: x\n", i);
	expect(wide.data, wide.len, "more than 1024 keys in one map", "1100 keys");

	ctr_buf_printf(&many, "%svolumes: [", base_text);
	for (int i = 0; i < 70000; i++)
		ctr_buf_puts(&many, "a,");
	ctr_buf_puts(&many, "]\n");
	expect(many.data, many.len, "more than 65536 values; make the document smaller",
	       "70000 values");

	ctr_buf_printf(&items, "%svolumes: [", base_text);
	for (int i = 0; i < 5000; i++)
		ctr_buf_puts(&items, "a,");
	ctr_buf_puts(&items, "]\n");
	expect(items.data, items.len, "t:4:10: volumes: more than 4096 items; use fewer",
	       "5000 items");

	ctr_buf_printf(&mounts, "%svolumes: [", base_text);
	for (int i = 0; i < 129; i++)
		ctr_buf_printf(&mounts, "'/a:/b%d',", i);
	ctr_buf_puts(&mounts, "]\n");
	expect(mounts.data, mounts.len,
	       "t:1:1: more than 128 volumes, paths of rootfs.host and devices", "129 volumes");

	expect("name: web1\0\n", 12, "t:1:11: NUL byte; remove it", "a NUL byte");
	expect("name: w\x01\n", 9, "t:1:8: control character U+0001; remove it", "a control byte");
	expect("name: w\x7f\n", 9, "t:1:8: control character U+007F; remove it", "a DEL byte");
	expect("name: \xc2\x9b\n", 9, "t:1:7: control character U+009B; remove it", "a C1 control");
	expect("\n\nname: \xff\n", 10, "t:3:7: byte 0xff is not UTF-8; save the text as UTF-8",
	       "no UTF-8");
	expect("name: \xc0\xaf\n", 9, "t:1:7: byte 0xc0 is not UTF-8", "an overlong form");
	expect("name: \xed\xa0\x80\n", 10, "t:1:7: byte 0xed is not UTF-8", "a surrogate");
	expect("name: \xe2\x80", 8, "t:1:7: byte 0xe2 is not UTF-8", "a character cut short");
	expect("\xff\xfen\0a\0", 6, "t:1:1: byte 0xff is not UTF-8", "UTF-16");
	expect("", 0, "t:1:1: the document is empty; write keys and values", "nothing at all");
	ok(read_spec("t", base_text, strlen(base_text), &dump, &problems) == 0 && !problems.len,
	   "and the base of all these is good");
}

/* Where the reason is another folder's, its words are tested there; here the place and that there
 * is a remedy. */
static void test_reasons(void)
{
	static const struct {
		const char *more, *wanted;
	} cases[] = {
		{ "network: ctr0\nports: [80]\n", "t:5:9: ports: '80': " },
		{ "network: ctr0\nports: ['1:1', '0:80']\n", "t:5:16: ports: '0:80': " },
		{ "network: ctr0\nports: ['80:99999']\n", "t:5:9: ports: '80:99999': " },
		{ "network: ctr0\nports: ['80:80/sctp']\n", "t:5:9: ports: '80:80/sctp': " },
		{ "network: ctr0\nports: ['x:80:80']\n", "t:5:9: ports: 'x:80:80': " },
		{ "sysctls: {kernel.panic: 1}\n", "t:4:11: sysctls: 'kernel.panic': " },
		{ "sysctls: {vm.swappiness: 1}\n", "t:4:11: sysctls: 'vm.swappiness': " },
		{ "network: host\nsysctls: {net.ipv4.ip_forward: 1}\n",
		  "t:5:11: sysctls: 'net.ipv4.ip_forward': " },
		{ "sysctls: {kernel: 1}\n", "t:4:11: sysctls: key 'kernel' is not a sysctl; use" },
		{ "sysctls: {net/ipv4/ip_forward: 1}\n",
		  "t:4:11: sysctls: key 'net/ipv4/ip_forward' is not a sysctl; use" },
		{ "sysctls: {kernel.shmmax: [1]}\n",
		  "t:4:26: sysctls.kernel.shmmax: this is a list" },
	};

	for (size_t i = 0; i < CTR_ARRAY_LEN(cases); i++) {
		_cleanup_buf_ struct ctr_buf text = { 0 }, dump = { 0 }, problems = { 0 };

		ctr_buf_printf(&text, "%s%s", base_text, cases[i].more);
		expect(text.data, text.len, cases[i].wanted, "it is refused");
		(void)read_spec("t", text.data, text.len, &dump, &problems);
		ok(strstr(ctr_buf_str(&problems), "; "), "and a remedy");
	}
}

static void test_cpus(void)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };

	ctr_buf_printf(&text, "%scpu: {cpus: \"0,4095\"}\n", base_text);
	expect(text.data, text.len,
	       "t:4:13: cpu.cpus: '0,4095' names a CPU that this host does not have", "CPU 4095");
}

static void test_values(void)
{
	static const char text[] =
		"name: a_b..c-\nprofile: service\nrootfs: {host: [/usr]}\ncommand: [x, y]\n"
		"cpu: {weight: 0, max: 1.25, burst: 1ms}\nmemory: {max: 64M, oom: process}\n"
		"devices: [/dev/fuse]\nnetwork: ctr0\nports: ['8080:80/udp']\nuser: bind\n"
		"ulimits: {nofile: '5:unlimited'}\nsysctls: {kernel.shmmax: 9}\n"
		"restart: {policy: always, max: 7}\ninit: reaper\nstop: {signal: INT, timeout: "
		"1m}\n";
	_cleanup_buf_ struct ctr_buf problems = { 0 };
	struct ctr_spec spec;

	ctr_spec_init(&spec);
	ok(ctr_spec_read_text("t", text, strlen(text), &spec, &problems, &err) == 0,
	   "values are read");
	is_str(spec.hostname, "a-b--c", "the host name is made of the name");
	is_int(ctr_strv_len(spec.command), 2, "two arguments");
	is_int(spec.cgroup.cpu_weight, 0, "the idle class");
	is_int(spec.cgroup.cpu_max_milli, 1250, "a cap in thousandths");
	is_int(spec.cgroup.cpu_burst_usec, 1000, "a burst in microseconds");
	is_int(spec.cgroup.memory_max, 64 << 20, "a limit in bytes");
	ok(spec.cgroup.memory_high == CTR_CG_MAX && spec.cgroup.pids_max == CTR_CG_MAX,
	   "no limit is the maximum");
	ok(spec.cgroup.oom_process, "oom: process");
	ok(spec.cgroup.devices && spec.rootfs.devices && spec.cgroup.devices != spec.rootfs.devices,
	   "devices are known to both folders, each with a copy");
	is_str(spec.cgroup.devices[0], "/dev/fuse", "a device");
	ok(spec.net.mode == CTR_NET_BRIDGE && spec.net.address_auto && spec.net.n_ports == 1,
	   "a bridge and a port");
	is_str(spec.net.bridge, "ctr0", "its name");
	ok(spec.net.ports[0].host == 8080 && spec.net.ports[0].container == 80 &&
		   spec.net.ports[0].proto == 17,
	   "the port");
	ok(spec.sec.profile == CTR_SEC_SERVICE && spec.sec.userns && spec.sec.no_new_privs &&
		   spec.rootfs.readonly,
	   "a service's defaults");
	ok(spec.rootfs.kind == CTR_ROOTFS_HOST && spec.rootfs.n_tmpfs == 3, "a service's tmpfs");
	ok(spec.sec.n_rlimits == 1 && spec.sec.rlimits[0].soft == 5 &&
		   spec.sec.rlimits[0].hard == UINT64_MAX,
	   "a limit with two values");
	is_str(spec.sec.sysctls[0], "kernel.shmmax=9", "a sysctl");
	ok(spec.restart == CTR_RESTART_ALWAYS && spec.restart_max == 7 &&
		   spec.restart_delay_usec == 1000000,
	   "restart");
	ok(spec.reaper && spec.stop_signal == 2 && spec.stop_timeout_usec == 60000000,
	   "init and stop");
	ctr_spec_done(&spec);
	ctr_spec_done(&spec);
	ok(!spec.name && !spec.command && !spec.rootfs.host_paths, "done may run twice");
}

static void test_files(void)
{
	_cleanup_buf_ struct ctr_buf problems = { 0 };
	char path[] = "/tmp/ctr-test-spec-XXXXXX";
	_cleanup_close_ int fd = mkstemp(path);
	struct ctr_spec spec;

	ctr_spec_init(&spec);
	ok(ctr_fd_write_all(fd, base_text, strlen(base_text), &err) == 0 &&
		   ctr_spec_read_file(path, &spec, &problems, &err) == 0,
	   "a file is read");
	is_str(spec.name, "web1", "its name");
	ok(ctr_spec_read_file(path, &spec, &problems, &err) == 0,
	   "reading again replaces what was there");
	ok(ftruncate(fd, 2 << 20) == 0 && ctr_spec_read_file(path, &spec, &problems, &err) == -1 &&
		   err.code == CTR_E_SPEC &&
		   strstr(ctr_buf_str(&problems), ":1:1: the document is larger than 1 MiB"),
	   "a file of 2 MiB is refused");
	is_str(spec.name, "web1", "after a failure the old one is still there");
	(void)unlink(path);
	ok(ctr_spec_read_file(path, &spec, &problems, &err) == -1 && err.code == CTR_E_NOTFOUND,
	   "a file that is not there is not found");
	ok(ctr_spec_read_file("/tmp", &spec, &problems, &err) == -1 && err.code == CTR_E_SYS,
	   "a directory is no file");
	ctr_spec_done(&spec);
}

int main(void)
{
	ok(check_all("good", "dump", check_good) >= 20, "good specifications were there");
	ok(check_all("bad", "problems", check_bad) >= 80, "bad specifications were there");
	test_templates();
	test_examples();
	test_hostile();
	test_reasons();
	test_cpus();
	test_values();
	test_files();
	return tap_done();
}
