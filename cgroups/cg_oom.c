// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Hearing of an out-of-memory kill, in the monitor. v2 announces each change of memory.events
 * (inotify); v1 has its own registration of an eventfd
 * (Documentation/admin-guide/cgroup-v1/memory.rst, "OOM Control").
 */
#include "cgroups/cg_int.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include "common/fd.h"

static int watch_v1(int dirfd, struct ctr_error *err)
{
	_cleanup_close_ int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	_cleanup_close_ int control = -1;
	char text[64];

	if (event < 0)
		return ctr_err_sys(err, "create an eventfd");
	control = ctr_fd_open_at(dirfd, "memory.oom_control", O_RDONLY, 0, err);
	if (control < 0)
		return -1;
	(void)snprintf(text, sizeof(text), "%d %d", event, control);
	if (ctr_fd_write_at(dirfd, "cgroup.event_control", text, err) < 0)
		return -1;
	return ctr_take_fd(&event);
}

static int watch_v2(int dirfd, struct ctr_error *err)
{
	_cleanup_close_ int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char path[64];

	if (fd < 0)
		return ctr_err_sys(err, "create an inotify fd");
	/* inotify knows paths only; this one leads to the open directory, wherever it is. */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/memory.events", dirfd);
	if (inotify_add_watch(fd, path, IN_MODIFY) < 0)
		return ctr_err_sys(err, "watch memory.events");
	return ctr_take_fd(&fd);
}

int ctr_cg_oom_watch(const struct ctr_cg *cg, struct ctr_error *err)
{
	int v1 = cg->v1_dirfd[CTR_CG_MEMORY];
	int fd = v1 >= 0 ? watch_v1(v1, err) : watch_v2(cg->dirfd, err);

	return fd < 0 ? ctr_err_wrap(err, "watch for out-of-memory kills") : fd;
}

void ctr_cg_oom_drain(int watch_fd)
{
	/* 8 bytes from an eventfd, whole events from inotify; non-blocking. */
	char events[4096];

	while (read(watch_fd, events, sizeof(events)) == (ssize_t)sizeof(events))
		;
}

int ctr_cg_oom_kills(const struct ctr_cg *cg, uint64_t *ret_kills, struct ctr_error *err)
{
	int v1 = cg->v1_dirfd[CTR_CG_MEMORY];

	if (cg->dirfd < 0)
		return ctr_err_set(err, CTR_E_INTERNAL, "read oom_kill: the group is not open");
	*ret_kills = v1 >= 0 ? ctr_cg_read_keyed(v1, "memory.oom_control", "oom_kill", 0)
			     : ctr_cg_read_keyed(cg->dirfd, "memory.events", "oom_kill", 0);
	return 0;
}
