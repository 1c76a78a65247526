// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading what the kernel counted, on the host side: ctr top asks this for every container each
 * second, so it is plain open, read, close with a buffer on the stack. A file that is not there is
 * a counter of 0.
 */
#include "cgroups/cg_int.h"

#include <fcntl.h>
#include <string.h>

ssize_t ctr_cg_read(int dirfd, const char *file, char *buf, size_t size)
{
	_cleanup_close_ int fd = openat(dirfd, file, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	do
		n = read(fd, buf, size - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	buf[n] = '\0';
	return n;
}

bool ctr_cg_number(const char *text, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!strncmp(text, "max", 3)) {
		*ret_value = CTR_CG_MAX;
		return true;
	}
	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret_value = value;
	return *text == '\0' || *text == '\n' || *text == ' ';
}

bool ctr_cg_keyed(const char *text, const char *key, uint64_t *ret_value)
{
	size_t len = strlen(key);

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		if (*line == '\n')
			line++;
		if (!strncmp(line, key, len) && line[len] == ' ')
			return ctr_cg_number(line + len + 1, ret_value);
	}
	return false;
}

uint64_t ctr_cg_read_u64(int dirfd, const char *file, uint64_t fallback)
{
	char text[64];
	uint64_t value;

	if (ctr_cg_read(dirfd, file, text, sizeof(text)) < 0 || !ctr_cg_number(text, &value))
		return fallback;
	return value;
}

uint64_t ctr_cg_read_keyed(int dirfd, const char *file, const char *key, uint64_t fallback)
{
	char text[2048];
	uint64_t value;

	if (ctr_cg_read(dirfd, file, text, sizeof(text)) < 0 || !ctr_cg_keyed(text, key, &value))
		return fallback;
	return value;
}

static void stat_cpu(int fd, struct ctr_cg_stat *stat)
{
	char text[2048], *space;
	uint64_t quota, period;

	if (ctr_cg_read(fd, "cpu.stat", text, sizeof(text)) >= 0) {
		/* Counted on cgroup2 also where the cpu controller is on v1 or nowhere. */
		(void)ctr_cg_keyed(text, "usage_usec", &stat->cpu_usage_usec);
		(void)ctr_cg_keyed(text, "throttled_usec", &stat->cpu_throttled_usec);
		(void)ctr_cg_keyed(text, "nr_throttled", &stat->cpu_nr_throttled);
	}
	if (ctr_cg_read_u64(fd, "cpu.idle", 0) == 0)
		stat->cpu_weight = ctr_cg_read_u64(fd, "cpu.weight", 0);
	if (ctr_cg_read(fd, "cpu.max", text, sizeof(text)) < 0)
		return;
	space = strchr(text, ' ');
	if (space && ctr_cg_number(text, &quota) && quota != CTR_CG_MAX &&
	    ctr_cg_number(space + 1, &period) && period)
		stat->cpu_max_milli = quota * 1000 / period;
}

int ctr_cg_stat(const struct ctr_cg *cg, struct ctr_cg_stat *ret_stat, struct ctr_error *err)
{
	int fd = cg->dirfd;

	if (fd < 0)
		return ctr_err_set(err, CTR_E_INTERNAL,
				   "read cgroup counters: the group is not open");
	*ret_stat = (struct ctr_cg_stat){ .memory_max = CTR_CG_MAX, .pids_max = CTR_CG_MAX };
	stat_cpu(fd, ret_stat);
	if (cg->v1_dirfd[CTR_CG_MEMORY] < 0) {
		ret_stat->memory_current = ctr_cg_read_u64(fd, "memory.current", 0);
		ret_stat->memory_peak = ctr_cg_read_u64(fd, "memory.peak", 0);
		ret_stat->memory_swap_current = ctr_cg_read_u64(fd, "memory.swap.current", 0);
		ret_stat->memory_max = ctr_cg_read_u64(fd, "memory.max", CTR_CG_MAX);
		ret_stat->oom_kills = ctr_cg_read_keyed(fd, "memory.events", "oom_kill", 0);
	}
	if (cg->v1_dirfd[CTR_CG_PIDS] < 0) {
		ret_stat->pids_current = ctr_cg_read_u64(fd, "pids.current", 0);
		ret_stat->pids_peak = ctr_cg_read_u64(fd, "pids.peak", 0);
		ret_stat->pids_max = ctr_cg_read_u64(fd, "pids.max", CTR_CG_MAX);
	}
	ctr_cg_v1_stat(cg, ret_stat);
	return 0;
}
