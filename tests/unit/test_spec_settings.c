/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Specifications from the settings of a command line. */
#include "common/strv.h"
#include "spec/spec.h"
#include "tests/unit/tap.h"

static struct ctr_error err;
static struct ctr_spec spec;
static struct ctr_buf problems;

#define SETTINGS(...) ((char *[]){ __VA_ARGS__, NULL })
static char *const command[] = { "/bin/sh", "-c", "true: [", NULL };

static int from(char *const *settings, char *const *args)
{
	ctr_buf_done(&problems);
	err = (struct ctr_error){ 0 };
	return ctr_spec_from_settings(settings, args, &spec, &problems, &err);
}

static void refused(char *const *settings, const char *want)
{
	ok(from(settings, command) == -1 && err.code == CTR_E_SPEC, want);
	is_str(ctr_buf_str(&problems), want, "the problem names the setting");
}

static void test_good(void)
{
	_cleanup_buf_ struct ctr_buf dump = { 0 };

	if (!ok(from(SETTINGS("name=web1", "rootfs.path=/srv/x", "cpu.weight=200", "cpu.max=1.5",
			      "network=[{bridge: ctr0, address: 10.77.0.9/16}]",
			      "environment.A.B=c=d", "environment.E=\"\"",
			      "sysctls.net.ipv4.ip_forward=1", "labels={x: y}",
			      "volumes=[\"/a:/b:ro\"]"),
		     command) == 0,
		"good settings"))
		printf("# %s\n", ctr_buf_str(&problems));
	is_str(spec.name, "web1", "the name");
	is_str(spec.rootfs.path, "/srv/x", "a path");
	is_int(spec.cgroup.cpu_weight, 200, "a number");
	is_int(spec.cgroup.cpu_max_milli, 1500, "the second of one section");
	ok(spec.net.mode == CTR_NET_BRIDGE && !spec.net.address_auto && spec.net.n_addresses == 1,
	   "flow syntax");
	is_str(spec.environment[0], "A.B=c=d", "dots of a free key, '=' of a value");
	is_str(spec.environment[1], "E=", "an empty text");
	is_str(spec.sec.sysctls[0], "net.ipv4.ip_forward=1", "a key with dots");
	is_int(spec.rootfs.n_volumes, 1, "a list");
	ok(ctr_strv_len(spec.command) == 3 && !strcmp(spec.command[2], "true: ["),
	   "the command is taken as it is");
	ok(ctr_spec_dump(&spec, &dump, &err) == 0 && strstr(ctr_buf_str(&dump), "\"true: [\"]"),
	   "it can be dumped");
	ok(from(SETTINGS("name=web1", "rootfs.path=/srv/x", "command=[a, b]"), NULL) == 0 &&
		   !strcmp(spec.command[1], "b"),
	   "the command as a setting");
}

static void test_bad(void)
{
	refused(SETTINGS("name=web1", "rootfs.path=/srv/x", "cpu.weight=20000"),
		"--set cpu.weight: 20000 is out of range; use a whole number from 0 to 10000\n");
	refused(SETTINGS("name=web1", "rootfs.path=/srv/x", "cpu.wieght=1"),
		"--set cpu.wieght: unknown key 'cpu.wieght'; did you mean 'cpu.weight'?\n");
	refused(SETTINGS("name=web1", "rootfs.path=/srv/x", "pids.max=1", "pids.max=2"),
		"--set pids.max: it is given twice; remove one of them\n");
	refused(SETTINGS("name=web1", "rootfs.path=/srv/x", "rootfs.path.x=1"),
		"--set rootfs.path.x: 'path' has a value already; remove one of them\n");
	refused(SETTINGS("name=web1", "rootfs.path=/srv/x", "pids"),
		"--set pids: there is no value; write KEY=VALUE, such as cpu.weight=200\n");
	refused(SETTINGS("name=web1", "rootfs.path=/srv/x", "user="),
		"--set user: the value is missing; use a single value\n");
	refused(SETTINGS("name=web1", "rootfs.path=/srv/x", "hostname=*a"),
		"--set hostname: aliases (*name) are not allowed; write the value itself\n");
	refused(SETTINGS("name=web1", "rootfs.path=/srv/x", "pool=a"),
		"--set pool: key 'pool' is not supported yet; remove it\n");
	refused(SETTINGS("name=web1"), "settings: key 'rootfs' is missing; add it: where its files "
				       "come from: exactly one of path and host\n");
	refused(SETTINGS("name=web1", "rootfs.path=/srv/x", "rootfs.host=[/usr]"),
		"--set rootfs.host: rootfs: 'host' beside 'path'; use exactly one of path and "
		"host\n");
	refused(SETTINGS("name=web1", "rootfs.path=/srv/x", "command=[a]"),
		"--set command: it is given twice; remove one of them\n");
	is_str(err.msg, "settings: 1 problem", "the summary");
	ok(from(SETTINGS("name=Web", "rootfs.path=x", "cpu.max=[", "memory.max=-1"), command) ==
			   -1 &&
		   !strcmp(err.msg, "settings: 4 problems"),
	   "all problems at once");
	ok(from(SETTINGS("name=web1", "rootfs.path=/srv/x", "=5"), command) == -1,
	   "a setting without a key");
}

int main(void)
{
	ctr_spec_init(&spec);
	test_good();
	test_bad();
	ctr_spec_done(&spec);
	ctr_buf_done(&problems);
	return tap_done();
}
