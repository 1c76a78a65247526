/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's directories and configuration, opened once per command. CLI process. */
#include <fcntl.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "runtime/state.h"

/* Opens a directory; makes it, and what is above it, when it is missing. */
static int open_dir(const char *path, struct ctr_error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return ctr_err_sys(err, "open %s", path);
	if (ctr_fd_mkdir_all(path, 0711, err) < 0)
		return -1;
	return ctr_fd_open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0, err);
}

static int open_all(struct ctr_host *host, struct ctr_error *err)
{
	static const struct {
		const char *path;
		size_t offset;
	} dirs[] = {
		{ CTR_RUN_DIR, offsetof(struct ctr_host, run_dirfd) },
		{ CTR_LIB_DIR "/containers", offsetof(struct ctr_host, containers_dirfd) },
		{ CTR_LIB_DIR "/ids", offsetof(struct ctr_host, ids_dirfd) },
		{ CTR_RUN_DIR "/.net", offsetof(struct ctr_host, net_dirfd) },
		{ CTR_CACHE_DIR, offsetof(struct ctr_host, cache_dirfd) },
	};

	for (size_t i = 0; i < CTR_ARRAY_LEN(dirs); i++) {
		int fd = open_dir(dirs[i].path, err);

		if (fd < 0)
			return -1;
		*(int *)((char *)host + dirs[i].offset) = fd;
	}
	return 0;
}

int ctr_host_open(struct ctr_host *ret_host, struct ctr_buf *ret_problems, struct ctr_error *err)
{
	struct ctr_host host = CTR_HOST_NULL;
	int rc;

	if (access(CTR_CONF_FILE, F_OK) == 0)
		rc = ctr_hostconf_read(CTR_CONF_FILE, &host.conf, ret_problems, err);
	else
		rc = ctr_hostconf_default(&host.conf, err);
	if (rc == 0)
		rc = open_all(&host, err);
	if (rc == 0) {
		rc = ctr_cg_host_load(host.run_dirfd, &host.cg, err);
		host.cg_loaded = rc == 0;
	}
	if (rc < 0) {
		ctr_host_close(&host);
		return -1;
	}
	*ret_host = host;
	return 0;
}

void ctr_host_close(struct ctr_host *host)
{
	ctr_cleanup_close(&host->run_dirfd);
	ctr_cleanup_close(&host->containers_dirfd);
	ctr_cleanup_close(&host->ids_dirfd);
	ctr_cleanup_close(&host->net_dirfd);
	ctr_cleanup_close(&host->cache_dirfd);
	ctr_hostconf_done(&host->conf);
}
