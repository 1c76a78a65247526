/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compiled filters on disk: compiling takes milliseconds, reading one microseconds. Host side, in a directory that only
 * root can write. A file says itself what it is the filter of; one that is damaged, foreign or of another key is compiled
 * anew, never used.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "common/fd.h"
#include "security/sec_int.h"

#define MAGIC "ctr-bpf1"

struct header {
	char magic[8];
	uint64_t sum; /* of the instructions */
	uint32_t count;
	uint32_t unused;
	char key[488];
};
_Static_assert(sizeof(struct header) == 512, "a header without holes");

/* Eight bytes at a time: this runs on every start. It finds damage, not malice; the directory keeps that out. */
static uint64_t sum(const struct sock_filter *filter, size_t len)
{
	uint64_t h = 14695981039346656037u, word;

	_Static_assert(sizeof(*filter) == sizeof(word), "an instruction is a word");
	for (size_t i = 0; i < len; i++) {
		memcpy(&word, &filter[i], sizeof(word));
		h = (h ^ word) * 1099511628211u;
		h ^= h >> 29;
	}
	return h;
}

void ctr_sec_cache_name(const char *key, char ret_name[static 32])
{
	uint64_t h = 14695981039346656037u;

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 1099511628211u;
	(void)snprintf(ret_name, 32, "seccomp-%016" PRIx64, h);
}

int ctr_sec_cache_read(int dirfd, const char *key, struct sock_filter **ret_filter, size_t *ret_len)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ struct sock_filter *filter = NULL;
	struct header head;
	struct iovec parts[2];
	struct stat st;
	size_t size;
	char name[32];

	ctr_sec_cache_name(key, name);
	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != 0 ||
	    (st.st_mode & 022) || st.st_size <= (off_t)sizeof(head))
		return -1;
	size = (size_t)st.st_size - sizeof(head);
	if (size % sizeof(*filter) || size > SEC_FILTER_MAX * sizeof(*filter))
		return -1;
	filter = malloc(size);
	if (!filter)
		return -1;
	parts[0] = (struct iovec){ &head, sizeof(head) };
	parts[1] = (struct iovec){ filter, size };
	if (readv(fd, parts, 2) != (ssize_t)st.st_size ||
	    memcmp(head.magic, MAGIC, sizeof(head.magic)) != 0 ||
	    head.count != size / sizeof(*filter) ||
	    strnlen(head.key, sizeof(head.key)) == sizeof(head.key) || strcmp(head.key, key) != 0 ||
	    head.sum != sum(filter, head.count))
		return -1;
	*ret_len = head.count;
	*ret_filter = CTR_TAKE_PTR(filter);
	return 0;
}

void ctr_sec_cache_write(int dirfd, const char *key, const struct sock_filter *filter, size_t len)
{
	_cleanup_buf_ struct ctr_buf file = { 0 };
	struct header head = { .count = (uint32_t)len, .sum = sum(filter, len) };
	struct ctr_error ignored;
	char name[32];

	if (strlen(key) >= sizeof(head.key))
		return;
	memcpy(head.magic, MAGIC, sizeof(head.magic));
	(void)snprintf(head.key, sizeof(head.key), "%s", key);
	ctr_sec_cache_name(key, name);
	ctr_buf_add(&file, &head, sizeof(head));
	ctr_buf_add(&file, filter, len * sizeof(*filter));
	if (ctr_buf_check(&file, &ignored) == 0)
		(void)ctr_fd_replace_at(dirfd, name, file.data, file.len, 0600, &ignored);
}
