/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the tests that need root and this machine's own cgroups; each is one program. */
#ifndef CTR_TESTS_CG_MACHINE_H
#define CTR_TESTS_CG_MACHINE_H

#include "cgroups/cg_int.h"
#include "tests/unit/tap.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common/fd.h"
#include "common/sys.h"

static char cache_dir[] = "/tmp/ctr-cgroups.XXXXXX";
static char name[64]; /* of the container: unique to this process */
static int cache_fd;
static bool ours; /* nobody had made the "ctr" roots before */
static struct ctr_cg_host host;
static struct ctr_error err;

struct shared {
	volatile unsigned long long count;
	volatile int value;
};
static struct shared *shared;

static inline bool done(int rc, const char *what)
{
	ok(rc == 0, what);
	if (rc != 0)
		printf("# %s\n", err.msg);
	return rc == 0;
}

static inline void nap(int ms)
{
	(void)usleep((useconds_t)ms * 1000);
}

/* Runs body in the container's group, as init is: born in the payload, then joining v1 itself. */
static inline pid_t spawn(const struct ctr_cg *cg, void (*body)(void))
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP,
				   .exit_signal = SIGCHLD,
				   .cgroup = (uint64_t)cg->payload_fd };
	pid_t pid;

	(void)fflush(stdout);
	pid = ctr_sys_clone3(&args);
	if (pid == 0) {
		struct ctr_error mine;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (ctr_cg_join(cg, &mine) < 0)
			_exit(99);
		body();
		_exit(0);
	}
	if (pid < 0)
		perror("clone3");
	return pid;
}

static inline int reap(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static inline bool nothing_left(void)
{
	char path[CG_PATH_MAX];

	ctr_cg_path(path, host.unified, name);
	if (access(path, F_OK) == 0)
		return false;
	for (int c = 0; c < CTR_CG_CONTROLLERS_; c++) {
		if (!host.v1[c][0])
			continue;
		ctr_cg_path(path, host.v1[c], name);
		if (access(path, F_OK) == 0)
			return false;
	}
	return true;
}

/* Whether the test goes on; otherwise *ret_status is its exit status. */
static inline bool machine_begin(int *ret_status)
{
	char path[CG_PATH_MAX];

	if (geteuid() != 0) {
		bool strict = getenv("CTR_TEST_STRICT") != NULL;

		printf("%sok 1 - # SKIP needs root\n1..1\n", strict ? "not " : "");
		*ret_status = strict ? EXIT_FAILURE : EXIT_SUCCESS;
		return false;
	}
	(void)snprintf(name, sizeof(name), "cgunit-%d", (int)getpid());
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	*ret_status = EXIT_FAILURE;
	if (!mkdtemp(cache_dir) || shared == MAP_FAILED) {
		perror(cache_dir);
		return false;
	}
	cache_fd = open(cache_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/sys/fs/cgroup/unified/" CG_ROOT);
	ours = access(path, F_OK) < 0 && access("/sys/fs/cgroup/" CG_ROOT, F_OK) < 0;
	return done(ctr_cg_host_load(cache_fd, &host, &err), "the host's layout");
}

static inline int machine_end(void)
{
	if (ours)
		done(ctr_cg_host_unload(&host, &err), "the roots are gone again");
	done(ctr_fd_remove_tree(AT_FDCWD, cache_dir, &err), "the temporary directory is gone");
	return tap_done();
}

#endif
