/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Getting the filter that a spec asks for: from the cache, or compiled and stored there. Host side. The key holds
 * everything that decides the program, so two specs share a file exactly when they share a filter.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "common/child.h"
#include "common/fd.h"
#include "security/sec_int.h"

/* CTR_SECCOMP_SOURCE is a hash of the tables and their compiler, by the build: no number to forget to raise. */
#define BUILD CTR_VERSION " " CTR_SECCOMP_SOURCE

static int open_file(const char *path, struct stat *ret_st, struct ctr_error *err)
{
	_cleanup_close_ int fd =
		ctr_fd_open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, err);

	if (fd < 0) {
		if (err->sys_errno == ENOENT)
			err->code = CTR_E_NOTFOUND;
		return ctr_err_wrap(err, "seccomp");
	}
	if (fstat(fd, ret_st) < 0)
		return ctr_err_sys(err, "seccomp: stat %s", path);
	if (!S_ISREG(ret_st->st_mode))
		return ctr_err_set(err, CTR_E_SPEC, "seccomp: %s is not a regular file", path);
	if (ret_st->st_uid != 0 || (ret_st->st_mode & 022)) {
		ctr_err_set(err, CTR_E_SPEC, "seccomp: others than root can change %s", path);
		return ctr_err_hint(err, "chown root %s; chmod go-w %s", path, path);
	}
	return ctr_take_fd(&fd);
}

static int take_program(struct ctr_buf *bpf, const char *name, struct sock_filter **ret_filter,
			size_t *ret_len, struct ctr_error *err)
{
	size_t len = bpf->len / sizeof(**ret_filter);

	if (ctr_buf_check(bpf, err) < 0)
		return -1;
	if (!len || len > SEC_FILTER_MAX)
		return ctr_err_set(err, CTR_E_SPEC,
				   "seccomp: %s makes %zu instructions, the kernel takes 1 to %d",
				   name, len, SEC_FILTER_MAX);
	*ret_filter = (struct sock_filter *)(void *)ctr_buf_steal(bpf);
	*ret_len = len;
	return 0;
}

/* What is to be compiled: a file of the user's when fd >= 0, else the tables. */
struct job {
	struct sec_view view;
	const char *path;
	int fd;
	uint64_t caps;
	int cache_dirfd;
	char key[488];
};

static int compile(const struct job *job, struct sock_filter **ret_filter, size_t *ret_len,
		   struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf bpf = { 0 };
	struct sec_lib lib;

	if (ctr_sec_lib_load(&lib, err) < 0)
		return -1;
	if (job->fd < 0
		    ? ctr_sec_filter_build(&lib, &job->view, 0, &bpf, err) < 0
		    : ctr_sec_filter_from_file(&lib, job->fd, job->path, job->caps, &bpf, err) < 0)
		return -1;
	return take_program(&bpf, job->path, ret_filter, ret_len, err);
}

/* In a child: libseccomp and its tables go with it, and a monitor stays small. */
static int compile_into_cache(void *arg, struct ctr_error *err)
{
	const struct job *job = arg;
	struct sock_filter *filter;
	size_t len;

	if (compile(job, &filter, &len, err) < 0)
		return -1;
	ctr_sec_cache_write(job->cache_dirfd, job->key, filter, len);
	free(filter);
	return 0;
}

static int get(struct job *job, struct sock_filter **ret_filter, size_t *ret_len,
	       struct ctr_error *err)
{
	if (job->cache_dirfd >= 0) {
		if (ctr_sec_cache_read(job->cache_dirfd, job->key, ret_filter, ret_len) == 0)
			return 0;
		if (ctr_child_run(compile_into_cache, job, err) < 0)
			return -1;
		if (ctr_sec_cache_read(job->cache_dirfd, job->key, ret_filter, ret_len) == 0)
			return 0;
	}
	/* No cache, or one that cannot be written (disk full): here. */
	return compile(job, ret_filter, ret_len, err);
}

static int get_built_in(const struct ctr_sec_spec *spec, uint64_t caps, int cache_dirfd,
			struct sock_filter **ret_filter, size_t *ret_len, struct ctr_error *err)
{
	struct job job = { .view = ctr_sec_view(spec->profile, spec->userns, caps),
			   .path = "the built-in filter",
			   .fd = -1,
			   .cache_dirfd = cache_dirfd };

	(void)snprintf(job.key, sizeof(job.key), "%s profile %d caps %" PRIx64, BUILD,
		       (int)job.view.profile, job.view.caps);
	return get(&job, ret_filter, ret_len, err);
}

/* What the file is, by its inode and times; and the kernel, which "minKernel" asks for. */
static int get_from_file(const char *path, uint64_t caps, int cache_dirfd,
			 struct sock_filter **ret_filter, size_t *ret_len, struct ctr_error *err)
{
	struct job job = { .path = path, .caps = caps, .cache_dirfd = cache_dirfd };
	_cleanup_close_ int fd = -1;
	struct utsname kernel;
	struct stat st;
	int len;

	fd = open_file(path, &st, err);
	if (fd < 0)
		return -1;
	if (uname(&kernel) < 0)
		return ctr_err_sys(err, "uname");
	job.fd = fd;
	len = snprintf(job.key, sizeof(job.key),
		       "%s kernel %s caps %" PRIx64 " file %ju:%ju %jd %jd.%09ld %jd.%09ld", BUILD,
		       kernel.release, caps, (uintmax_t)st.st_dev, (uintmax_t)st.st_ino,
		       (intmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
		       (intmax_t)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
	if (len >= (int)sizeof(job.key))
		job.cache_dirfd = -1;
	return get(&job, ret_filter, ret_len, err);
}

int ctr_sec_filter_get(const struct ctr_sec_spec *spec, uint64_t caps, int cache_dirfd,
		       struct sock_filter **ret_filter, size_t *ret_len, struct ctr_error *err)
{
	*ret_filter = NULL;
	*ret_len = 0;
	if (!spec->seccomp || !strcmp(spec->seccomp, "default"))
		return get_built_in(spec, caps, cache_dirfd, ret_filter, ret_len, err);
	if (!strcmp(spec->seccomp, "unconfined"))
		return 0;
	if (spec->seccomp[0] == '/')
		return get_from_file(spec->seccomp, caps, cache_dirfd, ret_filter, ret_len, err);
	return ctr_err_set(err, CTR_E_SPEC,
			   "seccomp: '%s' is not default, unconfined or an absolute path",
			   spec->seccomp);
}
