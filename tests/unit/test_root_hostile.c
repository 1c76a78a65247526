/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Roots that want to be more than a root, and requests that cannot be met: refused with their name,
 * or kept inside; nothing of the host is reached. Needs root; leaves nothing behind.
 */
#include <signal.h>

#include "tests/unit/root_fixture.h"

static void check_nothing(int ptmx)
{
	(void)ptmx;
	seen(access("/dev/null", W_OK) == 0, "hostile: the container has its own /dev");
	check_mountinfo(usual, "hostile");
}

/* Each place that gets a mount is a link to a directory of the host: refused or kept inside, never
 * followed out. */
static void test_hostile(void)
{
	static const struct {
		const char *name;
		bool refused;
	} places[] = {
		{ "dev", true },  { "proc", true }, { "sys", true },
		{ "etc", false }, { "tmp", false }, { "srv", false },
	};
	struct ctr_rootfs_volume volume = { .source = rwdir, .target = (char *)"/srv/rw" };
	struct ctr_rootfs_tmpfs tmpfs = { .target = (char *)"/tmp" };
	struct ctr_rootfs_spec spec = {
		.kind = CTR_ROOTFS_PATH,
		.path = root,
		.volumes = &volume,
		.n_volumes = 1,
		.tmpfs = &tmpfs,
		.n_tmpfs = 1,
	};
	struct ctr_rootfs_context ctx = context();
	char relative[512], what[128];

	ctx.resolv_conf = resolv;
	(void)snprintf(relative, sizeof(relative), "../../../../../..%s", canary);
	for (size_t i = 0; i < CTR_ARRAY_LEN(places) * 2; i++) {
		const char *name = places[i / 2].name;
		const char *to = i % 2 ? relative : canary;
		_cleanup_free_ char *link = NULL;
		char in_root[64];
		bool entered;

		(void)snprintf(in_root, sizeof(in_root), "root/%s", name);
		link = sub(in_root);
		fresh_root();
		(void)symlink(to, link);
		entered = run(&spec, &ctx, NULL);
		(void)snprintf(what, sizeof(what), "hostile /%s -> %s: %s", name,
			       i % 2 ? "../.." : "absolute",
			       places[i / 2].refused ? "refused" : "kept inside or refused");
		ok(places[i / 2].refused ? !entered && report->err.code == CTR_E_SPEC &&
						   strstr(report->err.msg, "symbolic link")
					 : true,
		   what);
		if (!entered)
			printf("# %s\n", report->err.msg);
	}
	ok(entries(canary) == 1, "hostile: nothing was made in the host's directory");

	/* The same path exists in the root as well: there the link may lead. */
	for (size_t i = 3; i < CTR_ARRAY_LEN(places); i++) {
		_cleanup_free_ char *link = NULL, *twin = NULL;
		char in_root[64];

		(void)snprintf(in_root, sizeof(in_root), "root/%s", places[i].name);
		link = sub(in_root);
		fresh_root();
		if (asprintf(&twin, "%s%s", root, canary) < 0 ||
		    ctr_fd_mkdir_all(twin, 0755, &report->err) < 0)
			ok(false, "make the twin directory");
		(void)symlink(canary, link);
		(void)snprintf(what, sizeof(what), "hostile /%s: the link leads inside the root",
			       places[i].name);
		ok(run(&spec, &ctx, NULL) && (i == 4 || entries(twin) > 0), what);
		is_int(entries(canary), 1, "and nothing was made in the host's directory");
	}
	fresh_root();
	if (!ok(run(&spec, &ctx, check_nothing), "hostile: an empty root is filled"))
		printf("# %s\n", report->err.msg);
}

static void test_errors(void)
{
	struct ctr_rootfs_volume volume = { .source = (char *)"/nonexistent/x",
					    .target = (char *)"/srv/rw" };
	char *devices[] = { (char *)"/dev/shm-not", NULL };
	struct ctr_rootfs_spec spec = {
		.kind = CTR_ROOTFS_PATH, .path = root, .volumes = &volume, .n_volumes = 1
	};
	struct ctr_rootfs_context ctx = context();

	fresh_root();
	ok(!run(&spec, &ctx, NULL), "a missing volume fails");
	is_int(report->err.code, CTR_E_NOTFOUND, "with the code for it");
	is_str(report->err.msg, "/nonexistent/x does not exist on the host", "and its name");
	volume.source = (char *)"/proc";
	ok(!run(&spec, &ctx, NULL), "a file system without id mapping fails");
	is_int(report->err.code, CTR_E_HOST, "as the host's lack");
	ok(strstr(report->err.msg, "(proc)") && strstr(report->err.msg, "user_namespace: host"),
	   report->err.msg);
	spec.n_volumes = 0;
	spec.devices = devices;
	ok(!run(&spec, &ctx, NULL) && report->err.code == CTR_E_NOTFOUND, "a missing device fails");
	spec.devices = NULL;
	spec.path = rofile;
	ok(!run(&spec, &ctx, NULL) && report->err.code == CTR_E_SPEC,
	   "a root that is a file fails");
}

static void wait_a_little(void)
{
	struct timespec t = { .tv_nsec = 500000 };

	(void)nanosleep(&t, NULL);
}

/* What a container sees must be its own whatever was exchanged; where it cannot be, it must not
 * start. */
static void check_raced(int ptmx)
{
	struct stat st;

	(void)ptmx;
	seen(access("/srv/rw/trap", F_OK) < 0 && access("/dev/trap", F_OK) < 0 &&
		     access("/proc/trap", F_OK) < 0,
	     "race: the host's directory is not shown");
	if (access("/proc/1/stat", F_OK) == 0)
		seen(stat("/proc/keys", &st) < 0 || S_ISCHR(st.st_mode), "race: proc is masked");
}

/* Another process exchanges each place with a link to the host as fast as it can. */
static void test_race(void)
{
	static const char *const names[] = { "proc", "sys", "dev", "srv" };
	struct ctr_rootfs_volume volume = { .source = rodir, .target = (char *)"/srv/rw" };
	struct ctr_rootfs_spec spec = {
		.kind = CTR_ROOTFS_PATH, .path = root, .volumes = &volume, .n_volumes = 1
	};
	struct ctr_rootfs_context ctx = context();
	size_t entered = 0;
	pid_t pid;
	int fd;

	fresh_root();
	fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < CTR_ARRAY_LEN(names); i++) {
		char link[16];

		(void)snprintf(link, sizeof(link), "%s.link", names[i]);
		(void)mkdirat(fd, names[i], 0755);
		(void)symlinkat(canary, fd, link);
	}
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0)
		for (size_t i = 0;; i = (i + 1) % CTR_ARRAY_LEN(names)) {
			char link[16];

			(void)snprintf(link, sizeof(link), "%s.link", names[i]);
			(void)renameat2(fd, names[i], fd, link, RENAME_EXCHANGE);
			wait_a_little();
		}
	for (int i = 0; i < 200; i++)
		entered += run(&spec, &ctx, check_raced);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)close(fd);
	printf("# race: %zu of 200 started\n", entered);
	is_int(entries(canary), 1, "race: nothing was made in the host's directory");
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
	test_hostile();
	test_race();
	test_errors();
	fixture_remove(mounts);
	return tap_done();
}
