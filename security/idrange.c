/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which host ids belong to whom: links "SLOT" -> NAME in one directory, made with symlinkat(2), whose EEXIST decides
 * between two creates without a lock. Host side.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "security/sec_int.h"

#define CHUNK 65536u

static uint32_t first_slot(const char *name, uint32_t slots)
{
	uint32_t h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h % slots;
}

/* 1: the slot is ours, 0: another's, -1: free. */
static int look(int dirfd, const char *slot, const char *name)
{
	char owner[80];
	ssize_t n = readlinkat(dirfd, slot, owner, sizeof(owner) - 1);

	if (n < 0)
		return -1;
	owner[n] = '\0';
	return !strcmp(owner, name);
}

int ctr_sec_idrange_take(int dirfd, const char *name, const struct ctr_sec_idrange *pool,
			 struct ctr_sec_idrange *ret_range, struct ctr_error *err)
{
	uint32_t slots = pool->count / CHUNK, start = slots ? first_slot(name, slots) : 0;

	for (uint32_t i = 0; i < slots; i++) {
		uint32_t slot = (start + i) % slots;
		char text[16];

		(void)snprintf(text, sizeof(text), "%u", slot);
		if (symlinkat(name, dirfd, text) < 0) {
			if (errno != EEXIST)
				return ctr_err_sys(err, "take an id range");
			if (look(dirfd, text, name) != 1)
				continue;
		}
		*ret_range = (struct ctr_sec_idrange){ pool->first + slot * CHUNK, CHUNK };
		return 0;
	}
	ctr_err_set(err, CTR_E_HOST, "all %u id ranges are taken", slots);
	return ctr_err_hint(err, "delete containers, or widen ids in /etc/ctr/ctr.yaml");
}

int ctr_sec_idrange_release(int dirfd, const char *name, const struct ctr_sec_idrange *pool,
			    struct ctr_error *err)
{
	uint32_t slots = pool->count / CHUNK, start = slots ? first_slot(name, slots) : 0;

	/* A probe may have passed slots that are free by now, so a free one ends nothing; ours is nearly always the first. */
	for (uint32_t i = 0; i < slots; i++) {
		char text[16];

		(void)snprintf(text, sizeof(text), "%u", (start + i) % slots);
		if (look(dirfd, text, name) != 1)
			continue;
		if (unlinkat(dirfd, text, 0) < 0 && errno != ENOENT)
			return ctr_err_sys(err, "release id range %s", text);
		return 0;
	}
	return 0;
}

static int write_map(pid_t pid, const char *file, const char *text, struct ctr_error *err)
{
	char path[48];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return ctr_fd_write_at(AT_FDCWD, path, text, err);
}

int ctr_sec_idmap_write(pid_t pid, const struct ctr_sec_idrange *range, struct ctr_error *err)
{
	char text[48];

	(void)snprintf(text, sizeof(text), "0 %u %u\n", range->first, range->count);
	return write_map(pid, "uid_map", text, err) < 0 || write_map(pid, "gid_map", text, err) < 0
		       ? -1
		       : 0;
}
