/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* list, state, logs: looking without touching. CLI process; takes no lock. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "common/parse.h"
#include "common/strv.h"
#include "runtime/state.h"

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int ctr_names(struct ctr_host *host, char ***ret_names, struct ctr_error *err)
{
	_cleanup_free_ char **names = NULL;
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	size_t n = 0, room = 0;
	int fd = ctr_fd_open_at(host->containers_dirfd, ".", O_RDONLY | O_DIRECTORY, 0, err);

	if (fd < 0)
		return -1;
	dir = fdopendir(fd);
	if (!dir) {
		(void)close(fd);
		return ctr_err_sys(err, "read " CTR_LIB_DIR "/containers");
	}
	while ((entry = readdir(dir))) {
		if (!ctr_name_valid(entry->d_name))
			continue;
		if (n + 1 >= room) {
			char **grown =
				realloc(names, (room = room ? room * 2 : 64) * sizeof(*names));

			if (!grown)
				return ctr_err_nomem(err);
			names = grown;
		}
		names[n] = strdup(entry->d_name);
		if (!names[n])
			return ctr_err_nomem(err);
		names[++n] = NULL;
	}
	if (n > 1)
		qsort(names, n, sizeof(*names), compare);
	*ret_names = CTR_TAKE_PTR(names);
	return 0;
}

static int read_created(struct ctr_host *host, const char *name, struct timespec *ret_at,
			struct ctr_error *err)
{
	struct statx st;

	if (statx(host->containers_dirfd, name, AT_SYMLINK_NOFOLLOW, STATX_BTIME | STATX_CTIME,
		  &st) < 0)
		return ctr_err_sys(err, "stat " CTR_LIB_DIR "/containers/%s", name);
	if (st.stx_mask & STATX_BTIME)
		*ret_at = (struct timespec){ st.stx_btime.tv_sec, st.stx_btime.tv_nsec };
	else
		*ret_at = (struct timespec){ st.stx_ctime.tv_sec, st.stx_ctime.tv_nsec };
	return 0;
}

/* What only a running one has. It may end while we look: then it simply has it no more. */
static int inspect_running(struct ctr_host *host, const char *name, struct ctr_info *info,
			   struct ctr_error *err)
{
	_cleanup_(ctr_cg_done) struct ctr_cg cg = CTR_CG_NULL;
	struct ctr_error gone;

	if (asprintf(&info->cgroup, "%s/ctr/%s/payload", host->cg.unified, name) < 0) {
		info->cgroup = NULL;
		return ctr_err_nomem(err);
	}
	if (ctr_cg_open(&host->cg, name, &cg, &gone) == 0)
		(void)ctr_cg_stat(&cg, &info->stat, &gone);
	(void)ctr_net_lease_load(host->net_dirfd, name, &info->lease, &gone);
	return 0;
}

int ctr_inspect(struct ctr_host *host, const char *name, bool with_spec, struct ctr_info *ret_info,
		struct ctr_error *err)
{
	_cleanup_(ctr_info_done) struct ctr_info info = { 0 };
	_cleanup_close_ int dirfd = -1;
	struct ctr_observed seen;

	ctr_spec_init(&info.spec);
	if (ctr_defined(host, name, err) < 0)
		return -1;
	dirfd = ctr_run_dir_open(host, name);
	info.name = strdup(name);
	if (!info.name)
		return ctr_err_nomem(err);
	if (ctr_observe(host, name, dirfd, &seen, err) < 0 ||
	    read_created(host, name, &info.created_at, err) < 0)
		return -1;
	info.status = seen.status;
	if (seen.status == CTR_STOPPED) {
		if (ctr_exit_read(dirfd, &info.exit, err) < 0)
			return -1;
	} else {
		info.pid = seen.init_alive ? seen.state.init.pid : 0;
		info.monitor_pid = seen.monitor_alive ? seen.state.monitor.pid : 0;
		info.started_at = seen.state.started_at;
		info.ids = seen.state.ids;
		if (inspect_running(host, name, &info, err) < 0)
			return -1;
	}
	if (with_spec && ctr_spec_load(host, name, &info.spec, err) < 0)
		return -1;
	*ret_info = info;
	memset(&info, 0, sizeof(info));
	ctr_spec_init(&info.spec);
	return 0;
}

void ctr_info_done(struct ctr_info *info)
{
	free(info->name);
	free(info->cgroup);
	ctr_net_lease_done(&info->lease);
	ctr_spec_done(&info->spec);
	info->name = info->cgroup = NULL;
}

int ctr_logs_open(struct ctr_host *host, const char *name, int *ret_fd, int *ret_older_fd,
		  struct ctr_error *err)
{
	char path[80];
	int fd;

	if (ctr_defined(host, name, err) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/log", name);
	fd = openat(host->containers_dirfd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return ctr_err_set(err, CTR_E_STATE, "it has no log; it was never started");
	if (fd < 0)
		return ctr_err_sys(err, "open %s", path);
	(void)snprintf(path, sizeof(path), "%s/log.1", name);
	*ret_older_fd = openat(host->containers_dirfd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	*ret_fd = fd;
	return 0;
}
