// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Freezing and the group's events, on the host side. Freezing is on cgroup2 on every host: unlike
 * v1's freezer a frozen process can be killed and traced. The kernel says through poll(2) (POLLPRI)
 * when cgroup.events changed.
 */
#include "cgroups/cg_int.h"

#include <fcntl.h>
#include <poll.h>
#include <time.h>

#include "common/fd.h"

#define EVENTS "cgroup.events"
#define FREEZE "cgroup.freeze"

int64_t ctr_cg_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int read_events(int fd, char *text, size_t size, struct ctr_error *err)
{
	ssize_t n;

	do
		n = pread(fd, text, size - 1, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return ctr_err_sys(err, "read " EVENTS);
	text[n] = '\0';
	return 0;
}

int ctr_cg_wait_event(int dirfd, const char *key, uint64_t value, int64_t deadline,
		      bool *ret_reached, struct ctr_error *err)
{
	_cleanup_close_ int fd = ctr_fd_open_at(dirfd, EVENTS, O_RDONLY, 0, err);
	char text[256];

	if (fd < 0)
		return -1;
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLPRI };
		uint64_t seen;
		int64_t left;

		/* Reading arms the next notification, so no change between here and poll is lost.
		 */
		if (read_events(fd, text, sizeof(text), err) < 0)
			return -1;
		if (!ctr_cg_keyed(text, key, &seen))
			return ctr_err_set(err, CTR_E_HOST,
					   EVENTS " has no '%s'; this needs Linux 5.2 or later",
					   key);
		left = deadline - ctr_cg_now_ms();
		*ret_reached = seen == value;
		if (*ret_reached || left <= 0)
			return 0;
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return ctr_err_sys(err, "wait for " EVENTS);
	}
}

int ctr_cg_freeze(const struct ctr_cg *cg, bool freeze, int timeout_ms, struct ctr_error *err)
{
	struct ctr_error ignored;
	bool reached;
	int rc;

	if (ctr_fd_write_at(cg->dirfd, FREEZE, freeze ? "1" : "0", err) < 0) {
		if (err->sys_errno != ENOENT)
			return -1;
		err->code = CTR_E_HOST;
		return ctr_err_hint(err, "freezing needs Linux 5.2 or later");
	}
	rc = ctr_cg_wait_event(cg->dirfd, "frozen", freeze, ctr_cg_now_ms() + timeout_ms, &reached,
			       err);
	if (rc == 0 && reached)
		return 0;
	if (freeze)
		(void)ctr_fd_write_at(cg->dirfd, FREEZE, "0", &ignored);
	if (rc < 0)
		return -1;
	ctr_err_set(err, CTR_E_STATE, "%s: not done after %d ms", freeze ? "freeze" : "thaw",
		    timeout_ms);
	return ctr_err_hint(err, freeze ? "a process does not react (state D in ctr ps); try again"
					: "the group above it may be frozen too");
}

int ctr_cg_events(const struct ctr_cg *cg, bool *ret_populated, bool *ret_frozen,
		  struct ctr_error *err)
{
	char text[256];
	uint64_t populated, frozen = 0;

	if (ctr_cg_read(cg->dirfd, EVENTS, text, sizeof(text)) < 0)
		return ctr_err_sys(err, "read " EVENTS);
	if (!ctr_cg_keyed(text, "populated", &populated))
		return ctr_err_set(err, CTR_E_HOST, EVENTS " has no 'populated'");
	(void)ctr_cg_keyed(text, "frozen", &frozen);
	*ret_populated = populated != 0;
	*ret_frozen = frozen != 0;
	return 0;
}
