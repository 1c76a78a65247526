/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Identity of processes. Any process on the host side. */
#include "common/proc.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>

#include "common/fd.h"

/* Field 3 (state) and 22 (start time) of stat; the command in field 2 may hold blanks and brackets. */
static int read_stat(pid_t pid, char *ret_state, uint64_t *ret_start, struct ctr_error *err)
{
	char path[32], text[1024];
	_cleanup_close_ int fd = -1;
	const char *p;
	char *end;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return ctr_err_set(err, CTR_E_NOTFOUND, "no process %d", (int)pid);
	text[n] = '\0';
	p = strrchr(text, ')');
	if (!p || p[1] != ' ')
		return ctr_err_set(err, CTR_E_INTERNAL, "%s has no command", path);
	p += 2;
	*ret_state = *p;
	for (int field = 3; field < 22; field++) {
		p = strchr(p, ' ');
		if (!p)
			return ctr_err_set(err, CTR_E_INTERNAL, "%s is short", path);
		p++;
	}
	*ret_start = strtoull(p, &end, 10);
	return 0;
}

int ctr_proc_identify(pid_t pid, struct ctr_proc_id *ret_id, struct ctr_error *err)
{
	uint64_t start;
	char state;

	if (read_stat(pid, &state, &start, err) < 0)
		return -1;
	*ret_id = (struct ctr_proc_id){ .pid = pid, .start = start };
	return 0;
}

int ctr_proc_open(const struct ctr_proc_id *id, struct ctr_error *err)
{
	_cleanup_close_ int fd = -1;
	uint64_t start;
	char state;

	if (id->pid <= 0)
		return ctr_err_set(err, CTR_E_NOTFOUND, "no process");
	fd = pidfd_open(id->pid, 0);
	if (fd < 0) {
		if (errno == ESRCH)
			return ctr_err_set(err, CTR_E_NOTFOUND, "no process %d", (int)id->pid);
		return ctr_err_sys(err, "pidfd_open %d", (int)id->pid);
	}
	/* The pidfd pins whoever has the pid now; the start time says whether it is the one we mean. */
	if (read_stat(id->pid, &state, &start, err) < 0)
		return -1;
	if (start != id->start)
		return ctr_err_set(err, CTR_E_NOTFOUND, "process %d has ended", (int)id->pid);
	return ctr_take_fd(&fd);
}

bool ctr_proc_alive(const struct ctr_proc_id *id)
{
	struct ctr_error err;
	uint64_t start;
	char state;

	if (id->pid <= 0 || read_stat(id->pid, &state, &start, &err) < 0)
		return false;
	return start == id->start && state != 'Z' && state != 'X';
}

bool ctr_proc_wait(int pidfd, int timeout_ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	return n > 0;
}

int ctr_proc_boot_id(char ret_id[static 37], struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };

	if (ctr_fd_read_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64, &text, err) < 0)
		return -1;
	(void)snprintf(ret_id, 37, "%.36s", ctr_buf_str(&text));
	return 0;
}
