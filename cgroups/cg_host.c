// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What this host offers, and the groups all containers share. Runs in the CLI and in monitors, as
 * root. The hot path is load_cached(): nine system calls and no library. What makes the cache valid
 * is not only the boot id but the identity of <cgroup2>/ctr and of the device policy attached to
 * it, so that a removed group, a remounted hierarchy or a vanished program leads to a new set-up.
 * Two first starts may race: each step is repeatable, and whoever writes the cache last, a cache
 * that does not fit is only one more set-up.
 */
#include "cgroups/cg_int.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "common/proc.h"

#define CACHE_FILE ".host"
#define SUBTREE "cgroup.subtree_control"

/* Whether this process is in a child user namespace, where no BPF program can be loaded. */
static bool in_child_userns(void)
{
	char text[128];
	unsigned long long inside, outside, count;

	if (ctr_cg_read(AT_FDCWD, "/proc/self/uid_map", text, sizeof(text)) < 0)
		return false;
	if (sscanf(text, "%llu %llu %llu", &inside, &outside, &count) != 3)
		return false;
	return inside != 0 || outside != 0 || count != UINT32_MAX;
}

static int open_root(const struct ctr_cg_host *host)
{
	char path[CG_PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/" CG_ROOT, host->unified);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool load_cached(int cache_dirfd, const char *boot_id, struct ctr_cg_host *ret_host)
{
	_cleanup_close_ int root = -1;
	struct ctr_cg_identity id;
	struct ctr_cg_host host;
	char text[2048];
	struct stat st;

	if (ctr_cg_read(cache_dirfd, CACHE_FILE, text, sizeof(text)) < 0 ||
	    !ctr_cg_cache_parse(text, &host, &id) || strcmp(id.boot_id, boot_id) != 0)
		return false;
	root = open_root(&host);
	if (root < 0 || fstat(root, &st) < 0 || st.st_dev != id.root_dev ||
	    st.st_ino != id.root_ino)
		return false;
	if (host.device_policy && ctr_cg_devices_query(root) != id.prog_id)
		return false;
	*ret_host = host;
	return true;
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = text; *p; p += strspn(p, " \n")) {
		size_t n = strcspn(p, " \n");

		if (n == len && !strncmp(p, word, len))
			return true;
		p += n;
	}
	return false;
}

/*
 * Enables a controller where it is not yet. Only an attempt: when the kernel says no (processes in
 * the way, or realtime tasks and the cpu controller), the host is without it, which the plan and
 * doctor report.
 */
static void enable(int dirfd, const char *name)
{
	char text[256], word[32];
	struct ctr_error ignored;

	if (ctr_cg_read(dirfd, SUBTREE, text, sizeof(text)) >= 0 && has_word(text, name))
		return;
	(void)snprintf(word, sizeof(word), "+%s", name);
	(void)ctr_fd_write_at(dirfd, SUBTREE, word, &ignored);
}

static int read_back(int root, struct ctr_cg_host *host, struct ctr_error *err)
{
	char text[256];

	if (ctr_cg_read(root, SUBTREE, text, sizeof(text)) < 0)
		return ctr_err_sys(err, "read %s of %s/" CG_ROOT, SUBTREE, host->unified);
	for (int c = 0; c < CTR_CG_CONTROLLERS_; c++)
		host->on_v2[c] = has_word(text, ctr_cg_controller_name(c, false));
	return 0;
}

/*
 * Whether processes live in the group itself. The kernel then refuses memory and io, but would take
 * cpu and pids by turning the group into a threaded one, in which no container can be made any
 * more: so nothing is enabled there. Only the true root, which has no cgroup.type, may hold
 * processes and controllers.
 */
static bool has_processes(int top, const char *group)
{
	char path[64], text[32];

	(void)snprintf(path, sizeof(path), "%s/cgroup.type", group);
	if (faccessat(top, path, F_OK, 0) < 0)
		return false;
	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	return ctr_cg_read(top, path, text, sizeof(text)) > 0;
}

/* Makes <cgroup2>/ctr and monitors in it; an fd of the first. */
static int make_unified(struct ctr_cg_host *host, struct ctr_error *err)
{
	_cleanup_close_ int top = -1, root = -1;

	top = ctr_fd_open_at(AT_FDCWD, host->unified, O_RDONLY | O_DIRECTORY, 0, err);
	if (top < 0)
		return -1;
	if (ctr_fd_mkdir_at(top, CG_ROOT, 0755, err) < 0)
		return ctr_err_wrap(err, "%s", host->unified);
	root = ctr_fd_open_at(top, CG_ROOT, O_RDONLY | O_DIRECTORY, 0, err);
	if (root < 0)
		return -1;
	if (ctr_fd_mkdir_at(root, CG_MONITORS, 0755, err) < 0)
		return ctr_err_wrap(err, "%s/" CG_ROOT, host->unified);
	for (int c = 0; c < CTR_CG_CONTROLLERS_; c++) {
		if (!host->on_v2[c] || host->busy)
			continue;
		enable(top, ctr_cg_controller_name(c, false));
		enable(root, ctr_cg_controller_name(c, false));
	}
	if (read_back(root, host, err) < 0)
		return -1;
	return ctr_take_fd(&root);
}

static int make_v1(const struct ctr_cg_host *host, struct ctr_error *err)
{
	static const enum ctr_cg_controller always[] = { CTR_CG_CPU, CTR_CG_MEMORY, CTR_CG_PIDS };

	for (size_t i = 0; i < CTR_ARRAY_LEN(always); i++) {
		if (host->v1[always[i]][0] &&
		    ctr_cg_v1_root(host->v1[always[i]], always[i], err) < 0)
			return -1;
	}
	return 0;
}

static int set_up(struct ctr_cg_host *host, struct ctr_cg_identity *id, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf mountinfo = { 0 };
	_cleanup_close_ int top = -1, root = -1;
	struct ctr_error ignored;
	struct stat st;

	if (ctr_fd_read_at(AT_FDCWD, "/proc/self/mountinfo", 16 << 20, &mountinfo, err) < 0 ||
	    ctr_cg_mounts_parse(ctr_buf_str(&mountinfo), host, err) < 0 ||
	    ctr_cg_libcgroup_discover(host, err) < 0)
		return -1;
	top = ctr_fd_open_at(AT_FDCWD, host->unified, O_PATH | O_DIRECTORY, 0, err);
	if (top < 0)
		return -1;
	host->busy = has_processes(top, ".") || has_processes(top, CG_ROOT);
	/*
	 * The library gives up at the first controller that cannot be enabled; the steps after it
	 * go on without that one and say exactly which file refused what.
	 */
	if (!host->busy)
		(void)ctr_cg_libcgroup_roots(host, &ignored);
	root = make_unified(host, err);
	if (root < 0 || make_v1(host, err) < 0)
		return -1;
	host->device_policy = !in_child_userns();
	if (host->device_policy && ctr_cg_devices_default(root, &id->prog_id, err) < 0)
		return -1;
	if (fstat(root, &st) < 0)
		return ctr_err_sys(err, "stat %s/" CG_ROOT, host->unified);
	id->root_dev = st.st_dev;
	id->root_ino = st.st_ino;
	return 0;
}

int ctr_cg_host_load(int cache_dirfd, struct ctr_cg_host *ret_host, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	struct ctr_cg_host host = { 0 };
	struct ctr_cg_identity id = { 0 };

	if (ctr_proc_boot_id(id.boot_id, err) < 0)
		return -1;
	if (load_cached(cache_dirfd, id.boot_id, ret_host))
		return 0;
	if (set_up(&host, &id, err) < 0)
		return ctr_err_wrap(err, "cgroups");
	*ret_host = host;
	/* Not remembered: the processes may be gone the next time. */
	if (host.busy)
		return 0;
	if (ctr_cg_cache_format(&host, &id, &text, err) < 0 ||
	    ctr_fd_replace_at(cache_dirfd, CACHE_FILE, ctr_buf_str(&text), text.len, 0600, err) < 0)
		return -1;
	return 0;
}

static int unload_one(const char *mount, const char *below, struct ctr_error *err)
{
	char path[CG_PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/" CG_ROOT "%s", mount, below);
	if (rmdir(path) == 0 || errno == ENOENT)
		return 0;
	if (errno == EBUSY)
		return ctr_err_set(err, CTR_E_STATE, "remove cgroup %s: there is a container in it",
				   path);
	return ctr_err_sys(err, "remove cgroup %s", path);
}

int ctr_cg_host_unload(const struct ctr_cg_host *host, struct ctr_error *err)
{
	if (unload_one(host->unified, "/" CG_MONITORS, err) < 0 ||
	    unload_one(host->unified, "", err) < 0)
		return -1;
	for (int c = 0; c < CTR_CG_CONTROLLERS_; c++) {
		if (host->v1[c][0] && unload_one(host->v1[c], "", err) < 0)
			return -1;
	}
	return 0;
}

int ctr_cg_monitors_open(const struct ctr_cg_host *host, struct ctr_error *err)
{
	char path[CG_PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/" CG_ROOT "/" CG_MONITORS, host->unified);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	/* An unload that met a container has removed it. */
	if (errno == ENOENT && ctr_fd_mkdir_at(AT_FDCWD, path, 0755, err) < 0)
		return -1;
	return ctr_fd_open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0, err);
}

int ctr_cg_monitors_renew(const struct ctr_cg_host *host, struct ctr_error *err)
{
	char path[CG_PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/" CG_ROOT "/" CG_MONITORS, host->unified);
	if (rmdir(path) < 0 && errno != ENOENT)
		return ctr_err_sys(err, "renew cgroup %s", path);
	return ctr_fd_mkdir_at(AT_FDCWD, path, 0755, err);
}
