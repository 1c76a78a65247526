/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Directories, small checks and one way to run for the tests that enter a root. */
#ifndef CTR_TESTS_ROOT_FIXTURE_H
#define CTR_TESTS_ROOT_FIXTURE_H

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <sys/statvfs.h>

#include "tests/unit/root_mounts.h"
#include "tests/unit/root_sandbox.h"

static char base[] = "/var/tmp/ctr-rootfs-test.XXXXXX";
static char *root, *canary, *rwdir, *rodir, *rofile, *resolv;

static char *sub(const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", base, name) < 0 ? NULL : path;
}

static inline void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	if (f) {
		(void)fputs(text, f);
		(void)fclose(f);
	}
}

static inline int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void clear(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static inline void fresh_root(void)
{
	clear(root);
	(void)mkdir(root, 0755);
}

static inline size_t entries(const char *path)
{
	_cleanup_closedir_ DIR *dir = opendir(path);
	size_t n = 0;

	while (dir && readdir(dir))
		n++;
	return n - 2;
}

static inline struct ctr_rootfs_context context(void)
{
	return (struct ctr_rootfs_context){
		.userns = true, .own_network = true, .hostname = "web1", .user = "root"
	};
}

static inline bool run(const struct ctr_rootfs_spec *spec, const struct ctr_rootfs_context *ctx,
		       void (*check)(int))
{
	struct ctr_mount_plan plan;
	struct ctr_error err = { 0 };
	bool entered;

	if (ctr_rootfs_plan(spec, ctx, &plan, &err) < 0) {
		printf("# plan: %s\n", err.msg);
		return false;
	}
	entered = sandbox_run(&plan, ctx->own_network, check);
	ctr_mount_plan_done(&plan);
	return entered;
}

static inline bool has_text(const char *path, const char *want)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	struct ctr_error err;

	return ctr_fd_read_at(AT_FDCWD, path, 65536, &text, &err) == 0 &&
	       strstr(ctr_buf_str(&text), want);
}

static inline bool flag_of(const char *path, unsigned long flag)
{
	struct statvfs st;

	return statvfs(path, &st) == 0 && (st.f_flag & flag);
}

static inline size_t count_mounts(void)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[1024];
	size_t n = 0;

	while (f && fgets(line, sizeof(line), f))
		n++;
	return n;
}

/* The directories that the tests share with the containers. */
static inline bool fixture_make(void)
{
	_cleanup_free_ char *host_file = NULL, *trap = NULL;

	(void)umask(022);
	if (!mkdtemp(base))
		return false;
	(void)chmod(base, 0755);
	root = sub("root");
	canary = sub("canary");
	rwdir = sub("rw");
	rodir = sub("ro");
	rofile = sub("file");
	resolv = sub("resolv");
	host_file = sub("rw/from-host");
	trap = sub("canary/trap");
	(void)mkdir(canary, 0777);
	(void)mkdir(rwdir, 0755);
	(void)mkdir(rodir, 0755);
	put(rofile, "content\n");
	put(resolv, "nameserver 192.0.2.1\n");
	put(host_file, "");
	put(trap, "");
	return true;
}

/* Removes them; nothing may be left, of files or of mounts. */
static inline void fixture_remove(size_t mounts)
{
	is_int(count_mounts(), mounts, "no mount is left on the host");
	clear(base);
	ok(access(base, F_OK) < 0, "nothing is left on the disk");
	free(root);
	free(canary);
	free(rwdir);
	free(rodir);
	free(rofile);
	free(resolv);
}

#endif
