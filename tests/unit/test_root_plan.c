/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What rootfs/ decides, without privilege: the short forms, the refusals, and whole plans against
 * tests/golden/mount. CTR_GOLDEN_UPDATE=1 writes the golden files anew.
 */
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "rootfs/rootfs_int.h"
#include "tests/unit/tap.h"

static struct ctr_error err;
static char host[] = "/tmp/ctr-plan-test.XXXXXX";

static void golden(const char *name, const struct ctr_rootfs_spec *spec,
		   const struct ctr_rootfs_context *context)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	_cleanup_buf_ struct ctr_buf want = { 0 };
	struct ctr_mount_plan plan;
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/mount/%s.plan", CTR_GOLDEN_DIR, name);
	if (!ok(ctr_rootfs_plan_at(spec, context, host, &plan, &err) == 0, name)) {
		printf("# %s\n", err.msg);
		return;
	}
	ok(ctr_mount_plan_dump(&plan, &text, &err) == 0, "the plan can be dumped");
	ctr_mount_plan_done(&plan);
	if (getenv("CTR_GOLDEN_UPDATE")) {
		_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

		(void)ctr_fd_write_all(fd, text.data, text.len, &err);
	}
	if (ctr_fd_read_at(AT_FDCWD, path, 65536, &want, &err) < 0)
		printf("# %s\n", err.msg);
	is_str(ctr_buf_str(&text), ctr_buf_str(&want), path);
}

static void refused(const struct ctr_rootfs_spec *spec, const char *words)
{
	struct ctr_rootfs_context context = { .userns = true, .own_network = true };
	struct ctr_mount_plan plan;

	if (!ok(ctr_rootfs_plan_at(spec, &context, host, &plan, &err) < 0, words)) {
		ctr_mount_plan_done(&plan);
		return;
	}
	is_int(err.code, CTR_E_SPEC, "as an error of the spec");
	ok(strstr(err.msg, words) != NULL, err.msg);
}

static void test_volumes(void)
{
	static const struct {
		const char *text, *source, *target;
		bool readonly;
	} good[] = {
		{ "/a:/b", "/a", "/b", false },
		{ "/a:/b:ro", "/a", "/b", true },
		{ "/a:/b:rw", "/a", "/b", false },
		{ "//a//x/:/b//c/", "/a/x", "/b/c", false },
		{ "/:/host", "/", "/host", false },
		{ "/a:/dev/log", "/a", "/dev/log", false },
		{ "/a:/procedure", "/a", "/procedure", false },
	};
	static const char *const bad[] = {
		"",
		"/a",
		"/a:",
		":/b",
		"/a:/b:",
		"/a:/b:rx",
		"/a:/b:ro:",
		"a:/b",
		"/a:b",
		"/a/..:/b",
		"/a:/b/..",
		"/a:/./b",
		"/a:/",
		"/a://",
		"/a:/proc",
		"/a:/proc/",
		"/a:/proc/sys",
		"/a:/dev",
		"/a:/sys/",
		"/a:/sys/fs/cgroup/x",
		"/a:/b\001",
		"/a:/dev/pts/0",
		"/a\033:/b",
	};
	const char *why;

	for (size_t i = 0; i < CTR_ARRAY_LEN(good); i++) {
		struct ctr_rootfs_volume volume = { 0 };

		ok(ctr_rootfs_volume_parse(good[i].text, &volume, &why), good[i].text);
		is_str(volume.source, good[i].source, "source");
		is_str(volume.target, good[i].target, "target");
		is_int(volume.readonly, good[i].readonly, "read-only");
		free(volume.source);
		free(volume.target);
	}
	for (size_t i = 0; i < CTR_ARRAY_LEN(bad); i++) {
		struct ctr_rootfs_volume volume = { 0 };

		why = "a reason";
		ok(!ctr_rootfs_volume_parse(bad[i], &volume, &why) && strcmp(why, "a reason") &&
			   !volume.source,
		   bad[i]);
	}
}

static void test_tmpfs(void)
{
	static const struct {
		const char *text, *target;
		uint64_t size;
		uint32_t mode;
	} good[] = {
		{ "/run", "/run", 0, 0 },
		{ "/x/:size=16M", "/x", 16 << 20, 0 },
		{ "/x:mode=0750", "/x", 0, 0750 },
		{ "/x:size=4K,mode=1777", "/x", 4096, 01777 },
		{ "/x:mode=01777,size=1G", "/x", 1 << 30, 01777 },
		{ "/dev/shm:size=1G", "/dev/shm", 1 << 30, 0 },
	};
	static const char *const bad[] = {
		"",          "x",           "/",
		"/x:",       "/x:size=",    "/x:size=0",
		"/x:size=1", "/x:size=-1",  "/x:mode=",
		"/x:mode=9", "/x:mode=0",   "/x:mode=77777",
		"/x:uid=5",  "/x:size=1M,", "/x:size=1M,size=2M",
		"/proc/x",   "/x/../y",     "/x:mode=0x7",
		"/x:ro",     "/dev",
	};
	const char *why;

	for (size_t i = 0; i < CTR_ARRAY_LEN(good); i++) {
		struct ctr_rootfs_tmpfs tmpfs = { 0 };

		ok(ctr_rootfs_tmpfs_parse(good[i].text, &tmpfs, &why), good[i].text);
		is_str(tmpfs.target, good[i].target, "target");
		is_int(tmpfs.size, good[i].size, "size");
		is_int(tmpfs.mode, good[i].mode, "mode");
		free(tmpfs.target);
	}
	for (size_t i = 0; i < CTR_ARRAY_LEN(bad); i++) {
		struct ctr_rootfs_tmpfs tmpfs = { 0 };

		why = "a reason";
		ok(!ctr_rootfs_tmpfs_parse(bad[i], &tmpfs, &why) && strcmp(why, "a reason") &&
			   !tmpfs.target,
		   bad[i]);
	}
}

static void test_goldens(void)
{
	struct ctr_rootfs_volume volumes[] = {
		{ .source = (char *)"/srv/deep", .target = (char *)"/data/a/b" },
		{ .source = (char *)"/srv/zones", .target = (char *)"/data", .readonly = true },
	};
	struct ctr_rootfs_tmpfs tmpfs[] = {
		{ .target = (char *)"/data/a", .size = 1 << 20, .mode = 0750 },
		{ .target = (char *)"/tmp" },
		{ .target = (char *)"/dev/shm", .size = 1 << 30 },
	};
	char *devices[] = { (char *)"/dev/fuse", (char *)"/dev/net/tun", (char *)"/dev/null",
			    NULL };
	char *usr[] = { (char *)"/usr", NULL };
	char *more[] = { (char *)"/etc/ssl", (char *)"/usr/local", (char *)"/usr", (char *)"/opt",
			 NULL };
	char *etc[] = { (char *)"/usr", (char *)"/etc", NULL };
	struct ctr_rootfs_spec spec = { .kind = CTR_ROOTFS_PATH, .path = (char *)"/srv/web1" };
	struct ctr_rootfs_context context = {
		.userns = true, .own_network = true, .hostname = "web1", .user = "bind"
	};

	golden("path", &spec, &context);
	context.resolv_conf = "/run/ctr/web1/resolv.conf";
	context.hosts = "/run/ctr/.net/hosts";
	context.terminal = true;
	spec.readonly = true;
	spec.volumes = volumes;
	spec.n_volumes = 2;
	spec.tmpfs = tmpfs;
	spec.n_tmpfs = 3;
	spec.devices = devices;
	golden("path-full", &spec, &context);
	spec = (struct ctr_rootfs_spec){ .kind = CTR_ROOTFS_PATH, .path = (char *)"/srv/vps" };
	context.cgroup_writable = context.may_mount = true;
	golden("path-vps", &spec, &context);
	context = (struct ctr_rootfs_context){ .hostname = "web1", .user = "root" };
	golden("path-hostns", &spec, &context);

	spec = (struct ctr_rootfs_spec){ .kind = CTR_ROOTFS_HOST,
					 .host_paths = usr,
					 .readonly = true };
	context.userns = context.own_network = true;
	golden("host", &spec, &context);
	context.user = "alice:wheel";
	context.resolv_conf = "/run/ctr/web1/resolv.conf";
	context.hosts = "/run/ctr/.net/hosts";
	spec.host_paths = more;
	golden("host-more", &spec, &context);
	spec.host_paths = etc;
	golden("host-etc", &spec, &context);
}

static void test_refusals(void)
{
	struct ctr_rootfs_volume volumes[201] = {
		{ .source = (char *)"/a", .target = (char *)"/proc/sys" },
		{ .source = (char *)"/a", .target = (char *)"/b" },
	};
	struct ctr_rootfs_tmpfs tmpfs = { .target = (char *)"/b" };
	struct ctr_rootfs_spec spec = { .kind = CTR_ROOTFS_PATH, .path = (char *)"/srv/web1" };
	char *devices[] = { (char *)"/etc/passwd", NULL };
	char *paths[] = { (char *)"/", NULL };
	char targets[201][16];

	spec.volumes = volumes;
	spec.n_volumes = 1;
	refused(&spec, "/proc");
	volumes[0].source = (char *)"relative";
	volumes[0].target = (char *)"/x";
	refused(&spec, "absolute");
	spec.volumes++;
	spec.tmpfs = &tmpfs;
	spec.n_tmpfs = 1;
	refused(&spec, "two volumes");
	spec.n_volumes = 0;
	tmpfs.target = (char *)"/a/../b";
	refused(&spec, "tmpfs");
	spec.n_tmpfs = 0;
	spec.devices = devices;
	refused(&spec, "below /dev");
	devices[0] = (char *)"/dev/../etc/x";
	refused(&spec, "below /dev");
	devices[0] = (char *)"/dev/pts/0";
	refused(&spec, "its own");
	spec.devices = NULL;
	for (size_t i = 0; i < 201; i++) {
		(void)snprintf(targets[i], sizeof(targets[i]), "/v%zu", i);
		volumes[i] =
			(struct ctr_rootfs_volume){ .source = (char *)"/a", .target = targets[i] };
	}
	spec.volumes = volumes;
	spec.n_volumes = 201;
	refused(&spec, "at most 200");
	spec.n_volumes = 0;
	spec.path = (char *)"/";
	refused(&spec, "other than /");
	spec.path = (char *)"srv/x";
	refused(&spec, "absolute");
	spec.kind = CTR_ROOTFS_NONE;
	refused(&spec, "no root");
	spec.kind = CTR_ROOTFS_HOST;
	refused(&spec, "no path");
	spec.host_paths = paths;
	refused(&spec, "host path /");
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

/* A host of known content; hostile lines must not get through to the container's files. */
static void make_host(void)
{
	static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
				     "bind:x:104:110::/var/cache/bind:/usr/sbin/nologin\n"
				     "toor:x:0:0:second root:/root:/bin/sh\n"
				     "bind:x:105:111:a double:/:/bin/sh\n"
				     "+nis\n"
				     "escape:x:106:106:with \033 in it:/:/bin/sh\n"
				     "alice:x:1000:1000:Alice:/home/alice:/bin/bash\n"
				     "bob:x:1001:1001:Bob:/home/bob:/bin/bash\n"
				     "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
	static const char group[] =
		"root:x:0:\nbind:x:110:\nssl-cert:x:112:bind,bob,alice\nalice:x:1000:\nbob:x:1001:\n"
		"wheel:x:2000:bob\nnogroup:x:65534:\n";
	int fd;

	if (!mkdtemp(host))
		exit(EXIT_FAILURE);
	fd = open(host, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)mkdirat(fd, "etc", 0755);
	(void)mkdirat(fd, "etc/alternatives", 0755);
	(void)mkdirat(fd, "opt", 0755);
	(void)mkdirat(fd, "lib32", 0755);
	(void)symlinkat("usr/bin", fd, "bin");
	(void)symlinkat("/usr/lib", fd, "lib");
	(void)symlinkat("opt", fd, "sbin");
	(void)symlinkat("/usr/share/zoneinfo/Etc/UTC", fd, "etc/localtime");
	ok(ctr_fd_replace_at(fd, "passwd", passwd, sizeof(passwd) - 1, 0644, &err) == 0 &&
		   ctr_fd_replace_at(fd, "group", group, sizeof(group) - 1, 0644, &err) == 0 &&
		   ctr_fd_replace_at(fd, "services", "", 0, 0644, &err) == 0 &&
		   renameat(fd, "passwd", fd, "etc/passwd") == 0 &&
		   renameat(fd, "group", fd, "etc/group") == 0 &&
		   renameat(fd, "services", fd, "etc/services") == 0,
	   "a host of known content");
	(void)close(fd);
}

int main(void)
{
	make_host();
	test_volumes();
	test_tmpfs();
	test_goldens();
	test_refusals();
	(void)nftw(host, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return tap_done();
}
