/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which host ids belong to whom. One directory holds two links for each container:
 *
 *   1879048192 -> web1      the range that begins there is taken; symlink(2)'s EEXIST decides between two that want it
 *   @web1 -> 1879048192     where to find it again, whatever was given and taken back in between
 *
 * The second is made after the first and removed before it, so at every instant it names a range that is the container's
 * own, and what a crash leaves behind is found by its owner. Host side; no lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "common/fd.h"
#include "common/parse.h"
#include "security/sec_int.h"

#define CHUNK 65536u
#define NAME_SIZE 72 /* a container's name and '@' */

struct pool {
	int dirfd;
	const char *name;
	char index[NAME_SIZE]; /* "@name" */
	uint32_t first, slots;
};

static int pool_init(struct pool *p, int dirfd, const char *name,
		     const struct ctr_sec_idrange *range, struct ctr_error *err)
{
	*p = (struct pool){
		.dirfd = dirfd, .name = name, .first = range->first, .slots = range->count / CHUNK
	};
	if (!ctr_name_valid(name) ||
	    snprintf(p->index, sizeof(p->index), "@%s", name) >= (int)sizeof(p->index))
		return ctr_err_set(err, CTR_E_USAGE, "'%s' is not the name of a container", name);
	/* The last id, 4294967295, is no id; a pool that holds it is one chunk shorter. */
	while (p->slots && (uint64_t)p->first + (uint64_t)p->slots * CHUNK > UINT32_MAX)
		p->slots--;
	return 0;
}

static uint32_t home_slot(const struct pool *p)
{
	uint32_t h = 2166136261u;

	for (const char *c = p->name; *c; c++)
		h = (h ^ (unsigned char)*c) * 16777619u;
	return p->slots ? h % p->slots : 0;
}

/* A link's text; false when there is none. */
static bool read_link(int dirfd, const char *link, char text[static NAME_SIZE])
{
	ssize_t n = readlinkat(dirfd, link, text, NAME_SIZE - 1);

	text[n < 0 ? 0 : n] = '\0';
	return n >= 0;
}

static bool is_ours(const struct pool *p, const char *slot)
{
	char owner[NAME_SIZE];

	return read_link(p->dirfd, slot, owner) && !strcmp(owner, p->name);
}

static bool in_pool(const struct pool *p, uint32_t first)
{
	return first >= p->first && (first - p->first) % CHUNK == 0 &&
	       (first - p->first) / CHUNK < p->slots;
}

/* The range that the index names. false: none, or one that is not ours or not of this pool; then the index is removed. */
static bool find(const struct pool *p, uint32_t *ret_first)
{
	char slot[NAME_SIZE];

	if (!read_link(p->dirfd, p->index, slot))
		return false;
	if (ctr_parse_u32(slot, UINT32_MAX, ret_first) && is_ours(p, slot)) {
		if (in_pool(p, *ret_first))
			return true;
		/* The administrator moved the pool: what is outside is given back. */
		(void)unlinkat(p->dirfd, p->index, 0);
		(void)unlinkat(p->dirfd, slot, 0);
		return false;
	}
	(void)unlinkat(p->dirfd, p->index, 0);
	return false;
}

/* Takes a free one, or what an interrupted call of ours took. 1: done, 0: somebody changed the index, -1: error. */
static int claim(const struct pool *p, uint32_t *ret_first, struct ctr_error *err)
{
	uint32_t home = home_slot(p);

	for (uint32_t i = 0; i < p->slots; i++) {
		uint32_t first = p->first + (home + i) % p->slots * CHUNK;
		char slot[16];

		(void)snprintf(slot, sizeof(slot), "%u", first);
		if (symlinkat(p->name, p->dirfd, slot) < 0) {
			if (errno != EEXIST)
				return ctr_err_sys(err, "take id range %s", slot);
			if (!is_ours(p, slot))
				continue;
		}
		if (symlinkat(slot, p->dirfd, p->index) == 0) {
			*ret_first = first;
			return 1;
		}
		if (errno != EEXIST)
			return ctr_err_sys(err, "note id range %s", slot);
		/* The same name at the same moment: the index decides. What we took is theirs too, or goes back. */
		if (!find(p, ret_first) || *ret_first != first)
			(void)unlinkat(p->dirfd, slot, 0);
		return 0;
	}
	ctr_err_set(err, CTR_E_HOST, "all %u id ranges are taken", p->slots);
	return ctr_err_hint(err, "delete containers, or widen ids in /etc/ctr/ctr.yaml");
}

int ctr_sec_idrange_take(int dirfd, const char *name, const struct ctr_sec_idrange *pool,
			 struct ctr_sec_idrange *ret_range, struct ctr_error *err)
{
	struct pool p;
	uint32_t first;

	if (pool_init(&p, dirfd, name, pool, err) < 0)
		return -1;
	for (int i = 0; i < 16; i++) {
		int rc = find(&p, &first) ? 1 : claim(&p, &first, err);

		if (rc < 0)
			return -1;
		if (rc == 0)
			continue;
		*ret_range = (struct ctr_sec_idrange){ first, CHUNK };
		return 0;
	}
	return ctr_err_set(err, CTR_E_STATE, "the id range of %s changes again and again", name);
}

int ctr_sec_idrange_release(int dirfd, const char *name, const struct ctr_sec_idrange *pool,
			    struct ctr_error *err)
{
	char slot[NAME_SIZE];
	struct pool p;

	if (pool_init(&p, dirfd, name, pool, err) < 0)
		return -1;
	if (!read_link(dirfd, p.index, slot))
		return 0;
	if (unlinkat(dirfd, p.index, 0) < 0 && errno != ENOENT)
		return ctr_err_sys(err, "release the id range of %s", name);
	if (is_ours(&p, slot) && unlinkat(dirfd, slot, 0) < 0 && errno != ENOENT)
		return ctr_err_sys(err, "release id range %s", slot);
	return 0;
}

static int write_map(pid_t pid, const char *file, const char *text, struct ctr_error *err)
{
	char path[48];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return ctr_fd_write_at(AT_FDCWD, path, text, err);
}

/* setgroups stays "allow": whoever writes the maps has CAP_SETGID, and supplementary groups are needed inside. */
int ctr_sec_idmap_write(pid_t pid, const struct ctr_sec_idrange *range, struct ctr_error *err)
{
	char text[48];

	(void)snprintf(text, sizeof(text), "0 %u %u\n", range->first, range->count);
	return write_map(pid, "uid_map", text, err) < 0 || write_map(pid, "gid_map", text, err) < 0
		       ? -1
		       : 0;
}
