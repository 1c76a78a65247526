/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rootfs/ against the kernel: real namespaces and mounts. Needs root; leaves
 * nothing behind. */
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "tests/unit/root_fixture.h"

/* Inside. */

static bool is_node(const char *path, unsigned int maj, unsigned int min)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(maj, min);
}

static bool opens(const char *path, int flags)
{
	_cleanup_close_ int fd = open(path, flags | O_CLOEXEC | O_NOCTTY);

	return fd >= 0;
}

static bool is_link(const char *path, const char *want)
{
	char text[256];
	ssize_t n = readlink(path, text, sizeof(text) - 1);

	if (n < 0)
		return false;
	text[n] = '\0';
	return !strcmp(text, want);
}

static void check_dev(void)
{
	seen(is_node("/dev/null", 1, 3) && is_node("/dev/zero", 1, 5) &&
		     is_node("/dev/full", 1, 7) && is_node("/dev/random", 1, 8) &&
		     is_node("/dev/urandom", 1, 9) && is_node("/dev/tty", 5, 0),
	     "dev: the six nodes have the right numbers");
	seen(opens("/dev/null", O_RDWR) && opens("/dev/urandom", O_RDONLY),
	     "dev: they can be opened");
	seen(is_link("/dev/fd", "/proc/self/fd") && is_link("/dev/stdin", "/proc/self/fd/0") &&
		     is_link("/dev/stdout", "/proc/self/fd/1") &&
		     is_link("/dev/stderr", "/proc/self/fd/2") && is_link("/dev/ptmx", "pts/ptmx"),
	     "dev: links");
	seen(opens("/dev/ptmx", O_RDWR), "dev: ptmx opens");
	seen(entries("/dev/shm") == 0 && opens("/dev/mqueue", O_RDONLY | O_DIRECTORY),
	     "dev: shm and mqueue");
	seen(access("/dev/.generated", F_OK) < 0, "dev: no temporary file remains");
	seen(access("/dev/vda", F_OK) < 0 && access("/dev/sda", F_OK) < 0,
	     "dev: nothing else of the host");
}

static void check_sealed(void)
{
	static const char *const files[] = { "/proc/interrupts", "/proc/kcore", "/proc/keys",
					     "/proc/timer_list" };
	struct statfs st;

	for (size_t i = 0; i < CTR_ARRAY_LEN(files); i++)
		seen(access(files[i], F_OK) < 0 || is_node(files[i], 1, 3),
		     "seal: %s is a null device", files[i]);
	if (access("/sys/firmware", F_OK) == 0)
		seen(entries("/sys/firmware") == 0 && statfs("/sys/firmware", &st) == 0 &&
			     st.f_type == 0x01021994 && flag_of("/sys/firmware", ST_RDONLY),
		     "seal: /sys/firmware is an empty read-only tmpfs");
	seen(access("/proc/acpi", F_OK) < 0 || entries("/proc/acpi") == 0,
	     "seal: /proc/acpi is empty");
	seen(flag_of("/proc/sys", ST_RDONLY) && flag_of("/proc/irq", ST_RDONLY) &&
		     flag_of("/proc/fs", ST_RDONLY),
	     "seal: /proc/sys, irq and fs are read-only");
	seen(flag_of("/sys", ST_RDONLY) && flag_of("/sys/fs/cgroup", ST_RDONLY),
	     "seal: /sys and cgroup are read-only");
	seen(flag_of("/proc", ST_NOSUID) && flag_of("/proc", ST_NODEV) &&
		     flag_of("/proc", ST_NOEXEC),
	     "proc: nosuid, nodev, noexec");
	seen(statfs("/proc", &st) == 0 && st.f_type == 0x9fa0 && statfs("/sys", &st) == 0 &&
		     st.f_type == 0x62656572,
	     "proc and sys are what they claim");
	seen(access("/proc/1/stat", R_OK) == 0 && getpid() == 1, "proc: of our pid namespace");
}

static void check_path(int ptmx)
{
	struct stat st;
	int fd;

	check_mountinfo(usual, "path");
	check_dev();
	check_sealed();
	seen(access("/marker", R_OK) == 0 && stat("/", &st) == 0 && st.st_uid == 0,
	     "path: the root is the directory");
	seen(flag_of("/", ST_NODEV) && !flag_of("/", ST_RDONLY), "path: nodev, writable");
	fd = open("/made-inside", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	seen(fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == 0, "path: root inside makes files");
	if (fd >= 0)
		(void)close(fd);
	fd = open("/srv/rw/from-inside", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	seen(fd >= 0, "volume: rw can be written");
	if (fd >= 0)
		(void)close(fd);
	seen(stat("/srv/rw/from-host", &st) == 0 && st.st_uid == 0,
	     "volume: the host's root is ours");
	seen(open("/srv/ro/x", O_CREAT | O_WRONLY, 0644) < 0 && errno == EROFS,
	     "volume: ro refuses");
	seen(has_text("/srv/file", "content") && open("/srv/file", O_WRONLY) < 0 && errno == EROFS,
	     "volume: a file, read-only");
	seen(flag_of("/srv/rw", ST_NOSUID) && flag_of("/srv/rw", ST_NODEV),
	     "volume: nosuid, nodev");
	seen(stat("/tmp", &st) == 0 && (st.st_mode & 07777) == 01777, "tmpfs: /tmp is 1777");
	seen(stat("/scratch", &st) == 0 && (st.st_mode & 07777) == 0750 && st.st_uid == 0,
	     "tmpfs: mode and owner");
	seen(has_text("/etc/resolv.conf", "192.0.2.1") && open("/etc/resolv.conf", O_WRONLY) < 0,
	     "etc: resolv.conf through a dangling link");
	seen(has_text("/etc/hostname", "web1"), "etc: hostname bound over the own one");
	seen(ptmx >= 0 && stat("/dev/console", &st) == 0 && S_ISCHR(st.st_mode) &&
		     major(st.st_rdev) == 136 && st.st_gid == 5,
	     "console: our terminal's slave, group tty");
	seen(write(ptmx, "hello\n", 6) == 6, "console: the other end is ours");
	seen(umask(022) == 022, "the umask is kept");
}

static void check_readonly(int ptmx)
{
	(void)ptmx;
	seen(open("/x", O_CREAT | O_WRONLY, 0644) < 0 && errno == EROFS,
	     "readonly: the root refuses");
	seen(opens("/tmp", O_TMPFILE | O_RDWR), "readonly: tmpfs takes files");
	check_mountinfo(usual, "readonly");
}

static bool shell(const char *script)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		char *env[] = { (char *)"PATH=/usr/bin:/bin", NULL };

		(void)execle("/bin/sh", "sh", "-ec", script, (char *)NULL, env);
		_exit(126);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void check_host(int ptmx)
{
	static const char *const more[] = {
		"/",
		"/usr",
		"/etc/alternatives",
		"/etc/ld.so.cache",
		"/etc/protocols",
		"/etc/services",
		NULL,
	};
	const char *all[CTR_ARRAY_LEN(usual) + CTR_ARRAY_LEN(more)];
	size_t n = 0;
	struct stat st;

	(void)ptmx;
	for (size_t i = 0; usual[i]; i++)
		all[n++] = usual[i];
	for (size_t i = 0; more[i]; i++)
		all[n++] = more[i];
	all[n] = NULL;
	check_mountinfo(all, "host");
	check_dev();
	check_sealed();
	seen(is_link("/bin", "usr/bin") && is_link("/lib", "usr/lib"),
	     "host: links of the merged /usr");
	seen(shell("test \"$(id -un)\" = root && test -d /tmp && ls / >/dev/null"),
	     "host: its programs run");
	seen(shell("test \"$(id -un 65534)\" = nobody && getent services ssh >/dev/null"),
	     "host: generated accounts");
	seen(open("/usr/x", O_CREAT | O_WRONLY, 0644) < 0 && errno == EROFS,
	     "host: /usr is read-only");
	seen(stat("/usr/bin", &st) == 0 && st.st_uid == 0 && flag_of("/usr", ST_NOSUID),
	     "host: id-mapped, nosuid");
	seen(stat("/tmp", &st) == 0 && (st.st_mode & 07777) == 01777 && access("/home", F_OK) == 0,
	     "host: skeleton");
	seen(!has_text("/etc/passwd", "$") && has_text("/etc/passwd", "root:*:0:0:"),
	     "host: no passwords");
	seen(has_text("/etc/hostname", "web1") && has_text("/etc/hosts", "localhost"),
	     "host: names");
	seen(access("/etc/shadow", F_OK) < 0 && access("/var/lib/dpkg", F_OK) < 0,
	     "host: nothing unlisted");
	seen(open("/x", O_CREAT | O_WRONLY, 0644) < 0 && errno == EROFS,
	     "host: the root is read-only");
}

/* What a payload with CAP_SYS_ADMIN in its user namespace would try. */
static bool can_clear(const char *path, uint64_t attr)
{
	struct mount_attr set = { .attr_clr = attr };

	return mount_setattr(AT_FDCWD, path, 0, &set, sizeof(set)) == 0;
}

static void check_locked(int ptmx)
{
	(void)ptmx;
	seen(!can_clear("/srv/ro", MOUNT_ATTR_RDONLY) && errno == EPERM,
	     "lock: ro cannot be cleared");
	seen(!can_clear("/srv/rw", MOUNT_ATTR_NODEV) && !can_clear("/srv/rw", MOUNT_ATTR_NOSUID),
	     "lock: nodev and nosuid cannot be cleared");
	seen(!can_clear("/", MOUNT_ATTR_NODEV), "lock: nor those of the root");
	seen(open("/srv/ro/x", O_CREAT | O_WRONLY, 0644) < 0 && errno == EROFS, "lock: ro holds");
	seen(opens("/srv/rw/from-host", O_RDWR), "lock: rw is writable and id-mapped");
	seen(!flag_of("/sys/fs/cgroup", ST_RDONLY), "vps: cgroup is writable");
	check_dev();
}

static void check_unlocked(int ptmx)
{
	(void)ptmx;
	seen(can_clear("/srv/ro", MOUNT_ATTR_RDONLY),
	     "without lock the flag can be cleared: the lock is what holds");
}

/* Outside. */

static void test_path(void)
{
	struct ctr_rootfs_volume volumes[] = {
		{ .source = rwdir, .target = (char *)"/srv/rw" },
		{ .source = rodir, .target = (char *)"/srv/ro", .readonly = true },
		{ .source = rofile, .target = (char *)"/srv/file", .readonly = true },
	};
	struct ctr_rootfs_tmpfs tmpfs[] = {
		{ .target = (char *)"/tmp" },
		{ .target = (char *)"/scratch", .size = 1 << 20, .mode = 0750 },
	};
	struct ctr_rootfs_spec spec = {
		.kind = CTR_ROOTFS_PATH,
		.path = root,
		.volumes = volumes,
		.n_volumes = 3,
		.tmpfs = tmpfs,
		.n_tmpfs = 2,
	};
	struct ctr_rootfs_context ctx = context();
	_cleanup_free_ char *etc = sub("root/etc"), *link = sub("root/etc/resolv.conf"),
			    *marker = sub("root/marker"), *made = sub("root/made-inside"),
			    *inside = sub("rw/from-inside"), *hostname = sub("root/etc/hostname");
	struct stat st;

	fresh_root();
	put(marker, "");
	(void)mkdir(etc, 0755);
	put(hostname, "debian\n");
	(void)symlink("../run/systemd/resolve/stub-resolv.conf", link);
	ctx.resolv_conf = resolv;
	ctx.terminal = true;
	if (!ok(run(&spec, &ctx, check_path), "path: entered"))
		printf("# %s\n", report->err.msg);
	ok(stat(made, &st) == 0 && st.st_uid == 0 && st.st_gid == 0,
	   "path: on the host the file is root's, not shifted");
	ok(stat(inside, &st) == 0 && st.st_uid == 0, "volume: the same on the volume");
	ok(has_text(hostname, "debian"), "etc: the root's own hostname file is as it was");

	spec.readonly = true;
	ctx.terminal = false;
	if (!ok(run(&spec, &ctx, check_readonly), "readonly: entered"))
		printf("# %s\n", report->err.msg);
	spec.readonly = false;
	ctx.may_mount = ctx.cgroup_writable = true;
	if (!ok(run(&spec, &ctx, check_locked), "lock: entered"))
		printf("# %s\n", report->err.msg);
	printf("# with lock: open %ld us\n", report->open_ns / 1000);
	ctx.may_mount = false;
	ok(run(&spec, &ctx, check_unlocked), "unlocked: entered");
	ctx = context();
	ctx.userns = false;
	ctx.own_network = false;
	if (!ok(run(&spec, &ctx, NULL), "user_namespace host, network host: entered"))
		printf("# %s\n", report->err.msg);
}

static void test_host(void)
{
	char *paths[] = { (char *)"/usr", NULL };
	struct ctr_rootfs_spec spec = { .kind = CTR_ROOTFS_HOST,
					.host_paths = paths,
					.readonly = true };
	struct ctr_rootfs_context ctx = context();

	ctx.resolv_conf = resolv;
	if (!ok(run(&spec, &ctx, check_host), "host: entered"))
		printf("# %s\n", report->err.msg);
	printf("# host: open %ld us, enter %ld us, seal %ld us\n", report->open_ns / 1000,
	       report->enter_ns / 1000, report->seal_ns / 1000);
}

static void test_findings(void)
{
	_cleanup_buf_ struct ctr_buf lines = { 0 };
	struct ctr_error err = { 0 };

	ok(ctr_rootfs_host_findings(base, &lines, &err) == 0, "doctor: runs");
	is_str(ctr_buf_str(&lines), "", "doctor: this directory can be id-mapped");
	ok(ctr_rootfs_host_findings("/proc", &lines, &err) == 0 &&
		   strstr(ctr_buf_str(&lines), "cannot be id-mapped"),
	   "doctor: /proc cannot");
}

static int compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return x < y ? -1 : x > y;
}

static void measure(void)
{
	struct ctr_rootfs_spec spec = { .kind = CTR_ROOTFS_PATH, .path = root };
	struct ctr_rootfs_context ctx = context();
	long times[3][41];

	fresh_root();
	for (size_t i = 0; i < 41; i++) {
		if (!run(&spec, &ctx, NULL))
			return;
		times[0][i] = report->open_ns;
		times[1][i] = report->enter_ns;
		times[2][i] = report->seal_ns;
	}
	for (size_t i = 0; i < 3; i++)
		qsort(times[i], 41, sizeof(long), compare);
	printf("# default path container, median of 41: open %ld us, enter %ld us, seal %ld us\n",
	       times[0][20] / 1000, times[1][20] / 1000, times[2][20] / 1000);
}

int main(void)
{
	size_t mounts = count_mounts();

	if (geteuid() != 0) {
		printf("1..0 # SKIP needs root\n");
		return 0;
	}
	if (!fixture_make())
		return EXIT_FAILURE;
	test_path();
	test_host();
	test_findings();
	measure();
	fixture_remove(mounts);
	return tap_done();
}
