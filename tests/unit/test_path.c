/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* common/path.h: whatever a root holds, and whatever races, nothing outside is reached. Needs no
 * privilege. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common/fd.h"
#include "common/path.h"
#include "tests/unit/tap.h"

static char base[] = "/tmp/ctr-path-test.XXXXXX";
static char canary[256];
static int rootfd;
static struct ctr_error err;

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static size_t entries(const char *path)
{
	_cleanup_closedir_ DIR *dir = opendir(path);
	size_t n = 0;

	while (dir && readdir(dir))
		n++;
	return n - 2;
}

/* Closes the fd; whether there was one. */
static bool got(int fd)
{
	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

static bool inside(const char *path)
{
	return faccessat(rootfd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void test_clean(void)
{
	static const struct {
		const char *path;
		bool clean;
	} table[] = {
		{ "/", true },        { "/a/b", true },     { "/a/..b", true },
		{ "/a/b..", true },   { "/.hidden", true }, { "/a/...", true },
		{ "", false },        { "a", false },       { "/..", false },
		{ "/a/../b", false }, { "/a/..", false },   { "/.", false },
		{ "/a/./b", false },  { "/a\nb", false },   { "/a\033b", false },
		{ "/a\177", false },  { "../etc", false },  { "/\303\244", true },
	};

	for (size_t i = 0; i < CTR_ARRAY_LEN(table); i++)
		is_int(ctr_path_is_clean(table[i].path), table[i].clean, "clean or not");
}

static void test_links(void)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };

	(void)symlinkat(canary, rootfd, "abs");
	(void)symlinkat("../canary", rootfd, "rel");
	(void)symlinkat("/", rootfd, "top");
	(void)symlinkat("loop", rootfd, "loop");
	(void)symlinkat("/proc/self/root", rootfd, "magic");

	ok(!got(ctr_path_open_in(rootfd, "/abs/trap", O_PATH, &err)),
	   "an absolute link stays inside");
	ok(!got(ctr_path_open_in(rootfd, "/rel/trap", O_PATH, &err)), "a relative one with .. too");
	ok(!got(ctr_path_open_in(rootfd, "/../canary/trap", O_PATH, &err)),
	   ".. in the path itself too");
	ok(!got(ctr_path_open_in(rootfd, "/loop", O_PATH, &err)) && err.sys_errno == ELOOP,
	   "a loop ends");
	ok(!got(ctr_path_open_in(rootfd, "/magic/etc", O_PATH, &err)),
	   "a link to a magic link leads nowhere");
	ok(!got(ctr_path_mkdir_in(rootfd, "/abs/made", 0755, &err)),
	   "mkdir through an absolute link fails");
	ok(!got(ctr_path_mkdir_in(rootfd, "/rel/made", 0755, &err)),
	   "mkdir through a relative link fails");
	ok(!got(ctr_path_create_in(rootfd, "/abs/made", 0644, &err)),
	   "create through an absolute link fails");
	ok(!got(ctr_path_create_in(rootfd, "/abs", 0644, &err)),
	   "create over a dangling link fails");
	is_int(entries(canary), 1, "nothing was made outside");

	ok(got(ctr_path_open_in(rootfd, "/top/top/abs", O_PATH | O_NOFOLLOW, &err)),
	   "a link to / is the root");
	ok(!got(ctr_path_open_in_nolink(rootfd, "/top/d", O_PATH, &err)) &&
		   err.sys_errno == ELOOP && strstr(err.msg, "symbolic link"),
	   "nolink refuses a link on the way and says so");
	ok(!got(ctr_path_mkdir_in_nolink(rootfd, "/top/d", 0755, &err)), "mkdir nolink too");
	ok(!inside("d"), "and makes nothing");
	ok(!got(ctr_path_mkdir_in_nolink(rootfd, "/rel", 0755, &err)),
	   "mkdir nolink refuses a link as the last");

	ok(got(ctr_path_mkdir_in(rootfd, "/top/x/y/z", 0755, &err)) && inside("x/y/z"),
	   "mkdir makes parents inside");
	ok(got(ctr_path_create_in(rootfd, "/x/f/g", 0644, &err)) && inside("x/f/g"),
	   "create makes parents inside");
	ok(got(ctr_path_create_in(rootfd, "/x/f/g", 0644, &err)), "what is there is opened");
	ok(!got(ctr_path_mkdir_in(rootfd, "/x/f/g/h", 0755, &err)) && err.sys_errno == ENOTDIR,
	   "a file has no children");
}

static void test_read(void)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	_cleanup_buf_ struct ctr_buf none = { 0 };
	int fd = openat(rootfd, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	ok(fd >= 0 && ctr_fd_write_all(fd, "hello", 5, &err) == 0 && close(fd) == 0, "a file");
	ok(ctr_path_read_in(rootfd, "/file", 5, &text, &err) == 0, "is read");
	is_str(ctr_buf_str(&text), "hello", "as it is");
	ok(ctr_path_read_in(rootfd, "/file", 4, &none, &err) < 0 && err.sys_errno == EFBIG,
	   "but not beyond the limit");
	(void)mkfifoat(rootfd, "fifo", 0644);
	/* Without O_NONBLOCK this would wait for a writer for ever. */
	ok(ctr_path_read_in(rootfd, "/fifo", 10, &none, &err) < 0 && err.code == CTR_E_SPEC,
	   "a fifo is refused at once");
	ok(ctr_path_read_in(rootfd, "/x", 10, &none, &err) < 0, "a directory is refused");
	ok(ctr_path_read_in(rootfd, "/abs/trap", 10, &none, &err) < 0,
	   "a file outside is not found");
}

/* Another process swaps a directory with a link to the outside as fast as it can. */
static void test_race(void)
{
	pid_t pid;
	size_t made = 0;

	(void)mkdirat(rootfd, "flip", 0755);
	(void)symlinkat(canary, rootfd, "flop");
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0)
		for (;;)
			(void)renameat2(rootfd, "flip", rootfd, "flop", RENAME_EXCHANGE);
	for (int i = 0; i < 4000; i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "/flip/d%d/e", i);
		made += got(ctr_path_mkdir_in(rootfd, path, 0755, &err));
		(void)snprintf(path, sizeof(path), "/flip/f%d", i);
		made += got(ctr_path_create_in(rootfd, path, 0644, &err));
		(void)snprintf(path, sizeof(path), "/flip/n%d", i);
		made += got(ctr_path_mkdir_in_nolink(rootfd, path, 0755, &err));
		if (got(ctr_path_open_in(rootfd, "/flip/trap", O_PATH, &err)))
			ok(false, "a racing link led outside");
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	ok(made > 0 && made < 12000, "race: some attempts met the directory, some the link");
	printf("# race: %zu of 12000 met the directory\n", made);
	is_int(entries(canary), 1, "race: nothing was made outside");
}

int main(void)
{
	char root[256], trap[300];

	if (!mkdtemp(base))
		return EXIT_FAILURE;
	(void)snprintf(root, sizeof(root), "%s/root", base);
	(void)snprintf(canary, sizeof(canary), "%s/canary", base);
	(void)snprintf(trap, sizeof(trap), "%s/trap", canary);
	(void)mkdir(root, 0755);
	(void)mkdir(canary, 0755);
	(void)close(open(trap, O_CREAT | O_WRONLY, 0644));
	rootfd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	test_clean();
	test_links();
	test_read();
	test_race();
	(void)close(rootfd);
	(void)nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return tap_done();
}
