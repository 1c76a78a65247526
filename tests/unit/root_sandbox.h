/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A container's files for tests, made as the runtime makes them: a child in new namespaces, ids
 * mapped from outside, trees opened here and sent to it, then enter, console and seal. What the
 * child finds travels back as TAP lines.
 */
#ifndef CTR_TESTS_ROOT_SANDBOX_H
#define CTR_TESTS_ROOT_SANDBOX_H

#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "common/fd.h"
#include "common/sys.h"
#include "rootfs/rootfs_int.h"
#include "tests/unit/root_fds.h"
#include "tests/unit/tap.h"

#define SANDBOX_UID 300000

/* Shared between both processes. */
struct sandbox_report {
	bool entered;
	struct ctr_error err; /* of open, enter, console or seal */
	long open_ns, enter_ns, seal_ns;
	size_t n;
	struct {
		bool passed;
		char what[240];
	} lines[128];
};

static struct sandbox_report *report;

static inline void seen(bool passed, const char *fmt, ...) CTR_PRINTF(2, 3);
static inline void seen(bool passed, const char *fmt, ...)
{
	va_list ap;

	if (report->n == CTR_ARRAY_LEN(report->lines))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(report->lines[report->n].what, sizeof(report->lines[0].what), fmt, ap);
	va_end(ap);
	report->lines[report->n++].passed = passed;
}

static inline long since(const struct timespec *start)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start->tv_sec) * 1000000000L + now.tv_nsec - start->tv_nsec;
}

static inline int sandbox_init(int sock, const struct ctr_mount_plan *plan,
			       void (*check)(int ptmx_fd))
{
	struct ctr_rootfs_fds fds = { .n = 0 };
	struct timespec start;
	int ptmx = -1;

	if (!receive_fds(sock, &fds))
		return 1;
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0 || unshare(CLONE_NEWCGROUP) < 0)
		return ctr_err_sys(&report->err, "become root");
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	if (ctr_rootfs_enter(plan, &fds, &ptmx, &report->err) < 0)
		return 1;
	report->enter_ns = since(&start);
	if (ptmx >= 0) {
		int slave = ctr_rootfs_console(ptmx, &report->err);

		if (slave < 0)
			return 1;
		(void)close(slave);
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	if (ctr_rootfs_seal(plan, &fds, &report->err) < 0)
		return 1;
	report->seal_ns = since(&start);
	ctr_rootfs_fds_done(&fds);
	report->entered = true;
	if (check)
		check(ptmx);
	return 0;
}

static inline bool write_maps(pid_t pid)
{
	struct ctr_error err;
	char path[64], map[64];

	(void)snprintf(map, sizeof(map), "0 %d 65536\n", SANDBOX_UID);
	(void)snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
	if (ctr_fd_write_at(AT_FDCWD, path, map, &err) < 0)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%d/gid_map", (int)pid);
	return ctr_fd_write_at(AT_FDCWD, path, map, &err) == 0;
}

static inline void sandbox_feed(pid_t pid, int sock, const struct ctr_mount_plan *plan)
{
	struct ctr_rootfs_fds fds = { .n = 0 };
	_cleanup_close_ int userns_fd = -1;
	struct timespec start;
	char path[64];

	if (plan->userns) {
		(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
		if (!write_maps(pid) || (userns_fd = open(path, O_RDONLY | O_CLOEXEC)) < 0) {
			(void)ctr_err_sys(&report->err, "map the ids");
			return;
		}
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	if (ctr_rootfs_open(plan, userns_fd, &fds, &report->err) < 0)
		return;
	report->open_ns = since(&start);
	if (!send_fds(sock, &fds))
		(void)ctr_err_sys(&report->err, "send the trees");
	ctr_rootfs_fds_done(&fds);
}

/* Makes the namespaces, builds the root, runs check inside it; true when it was entered. */
static inline bool sandbox_run(const struct ctr_mount_plan *plan, bool own_network,
			       void (*check)(int ptmx_fd))
{
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
			 (plan->userns ? CLONE_NEWUSER : 0) | (own_network ? CLONE_NEWNET : 0),
		.exit_signal = SIGCHLD,
	};
	int pair[2], status = 0;
	pid_t pid;

	if (!report)
		report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(report, 0, sizeof(*report));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return false;
	(void)fflush(stdout);
	pid = ctr_sys_clone3(&args);
	if (pid == 0) {
		(void)close(pair[0]);
		_exit(sandbox_init(pair[1], plan, check));
	}
	(void)close(pair[1]);
	if (pid > 0)
		sandbox_feed(pid, pair[0], plan);
	(void)close(pair[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		(void)ctr_err_sys(&report->err, "clone3");
	for (size_t i = 0; i < report->n; i++)
		ok(report->lines[i].passed, report->lines[i].what);
	if (report->entered && status != 0)
		ok(false, "the checks inside ran to their end");
	return report->entered;
}

#endif
