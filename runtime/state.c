/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The record of a run and the observation of status. The record is one fixed-size block, replaced in place by a single
 * pwrite(2) before each step acts; a checksum tells a reader that it met a write halfway. Host side.
 */
#include "runtime/state.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "common/parse.h"

#define RECORD_SIZE 512

static uint32_t checksum(const char *text, size_t len)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * 16777619u;
	return h;
}

int ctr_lock_take(struct ctr_host *host, const char *name, int *ret_dirfd, struct ctr_error *err)
{
	for (int attempt = 0; attempt < 10; attempt++) {
		_cleanup_close_ int fd = -1;
		struct stat held, there;

		if (ctr_fd_mkdir_at(host->run_dirfd, name, 0700, err) < 0)
			return -1;
		fd = ctr_run_dir_open(host, name);
		if (fd < 0)
			continue; /* a delete took it away just now */
		if (ctr_fd_trylock(fd, true, err) < 0)
			return -1;
		/* A delete may have removed it between our open and our lock: then it locks nothing. */
		if (fstat(fd, &held) < 0 ||
		    fstatat(host->run_dirfd, name, &there, AT_SYMLINK_NOFOLLOW) < 0 ||
		    held.st_ino != there.st_ino || held.st_dev != there.st_dev)
			continue;
		/* An open of its own for use: the lock is on this one, until it is closed everywhere. */
		if (ret_dirfd) {
			*ret_dirfd = ctr_run_dir_open(host, name);
			if (*ret_dirfd < 0)
				return ctr_err_sys(err, "open " CTR_RUN_DIR "/%s", name);
		}
		return ctr_take_fd(&fd);
	}
	return ctr_err_set(err, CTR_E_STATE, "another ctr command is deleting it");
}

int ctr_state_create(int dirfd, struct ctr_error *err)
{
	return ctr_fd_open_at(dirfd, "state", O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600, err);
}

int ctr_state_write(int fd, const struct ctr_state *s, struct ctr_error *err)
{
	char record[RECORD_SIZE + 1];
	int n = snprintf(record, sizeof(record),
			 "ctr-state 1\nboot %s\nsteps %" PRIx32 "\ninit %d %" PRIu64
			 "\nmonitor %d %" PRIu64 "\nstarted %lld %ld\nids %" PRIu32 " %" PRIu32
			 "\nrestarts %" PRIu32 "\n",
			 s->boot, s->steps, (int)s->init.pid, s->init.start, (int)s->monitor.pid,
			 s->monitor.start, (long long)s->started_at.tv_sec, s->started_at.tv_nsec,
			 s->ids.first, s->ids.count, s->restarts);

	snprintf(record + n, sizeof(record) - (size_t)n, "sum %08" PRIx32 "\n",
		 checksum(record, (size_t)n));
	n = (int)strlen(record);
	memset(record + n, '\n', sizeof(record) - (size_t)n);
	if (pwrite(fd, record, RECORD_SIZE, 0) != RECORD_SIZE)
		return ctr_err_sys(err, "write the state record");
	return 0;
}

static int parse_record(const char *record, struct ctr_state *ret_state)
{
	const char *sum_line = strstr(record, "\nsum ");
	struct ctr_state s = { 0 };
	int init, monitor;
	long long sec;
	uint32_t sum;

	if (!sum_line)
		return -1;
	if (sscanf(record,
		   "ctr-state 1\nboot %36s\nsteps %" SCNx32 "\ninit %d %" SCNu64
		   "\nmonitor %d %" SCNu64 "\nstarted %lld %ld\nids %" SCNu32 " %" SCNu32
		   "\nrestarts %" SCNu32 "\nsum %" SCNx32,
		   s.boot, &s.steps, &init, &s.init.start, &monitor, &s.monitor.start, &sec,
		   &s.started_at.tv_nsec, &s.ids.first, &s.ids.count, &s.restarts, &sum) != 12)
		return -1;
	if (sum != checksum(record, (size_t)(sum_line + 1 - record)))
		return -1;
	s.init.pid = init;
	s.monitor.pid = monitor;
	s.started_at.tv_sec = sec;
	*ret_state = s;
	return 0;
}

int ctr_state_read(int dirfd, struct ctr_state *ret_state, struct ctr_error *err)
{
	struct ctr_state s = { 0 };
	char boot[37];

	for (int attempt = 0;; attempt++) {
		_cleanup_buf_ struct ctr_buf text = { 0 };
		_cleanup_close_ int fd = openat(dirfd, "state", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

		if (fd < 0) {
			if (errno == ENOENT)
				return ctr_err_set(err, CTR_E_NOTFOUND, "it has no state");
			return ctr_err_sys(err, "open the state record");
		}
		if (ctr_fd_read_all(fd, RECORD_SIZE, &text, err) < 0)
			return -1;
		if (parse_record(ctr_buf_str(&text), &s) == 0)
			break;
		/* An empty or torn record: its writer is at work, or died before the first step acted. */
		if (attempt == 3)
			return ctr_err_set(err, CTR_E_NOTFOUND, "its state record is not complete");
	}
	if (ctr_proc_boot_id(boot, err) < 0)
		return -1;
	if (strcmp(boot, s.boot))
		return ctr_err_set(err, CTR_E_NOTFOUND, "its state is of an earlier boot");
	*ret_state = s;
	return 0;
}

int ctr_exit_write(int dirfd, const struct ctr_exit *end, struct ctr_error *err)
{
	char text[512];
	int n = snprintf(text, sizeof(text),
			 "{\"code\": %d, \"signal\": %d, \"oom\": %s, \"oom_limit\": %" PRIu64
			 ", \"at\": %lld.%09ld, \"cpu_usage_usec\": %" PRIu64
			 ", \"memory_peak\": %" PRIu64 "}\n",
			 end->code, end->signal, end->oom ? "true" : "false", end->oom_limit,
			 (long long)end->at.tv_sec, end->at.tv_nsec, end->cpu_usage_usec,
			 end->memory_peak);

	return ctr_fd_replace_at(dirfd, "exit.json", text, (size_t)n, 0600, err);
}

int ctr_exit_read(int dirfd, struct ctr_exit *ret_end, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	struct ctr_exit end = { .known = true };
	char oom[8];
	long long sec;

	*ret_end = (struct ctr_exit){ 0 };
	if (dirfd < 0 || faccessat(dirfd, "exit.json", F_OK, 0) < 0)
		return 0;
	if (ctr_fd_read_at(dirfd, "exit.json", 1024, &text, err) < 0)
		return -1;
	if (sscanf(ctr_buf_str(&text),
		   "{\"code\": %d, \"signal\": %d, \"oom\": %5[a-z], \"oom_limit\": %" SCNu64
		   ", \"at\": %lld.%9ld, \"cpu_usage_usec\": %" SCNu64
		   ", \"memory_peak\": %" SCNu64,
		   &end.code, &end.signal, oom, &end.oom_limit, &sec, &end.at.tv_nsec,
		   &end.cpu_usage_usec, &end.memory_peak) != 8)
		return ctr_err_set(err, CTR_E_INTERNAL, "exit.json is damaged");
	end.oom = !strcmp(oom, "true");
	end.at.tv_sec = sec;
	*ret_end = end;
	return 0;
}

int ctr_defined(struct ctr_host *host, const char *name, struct ctr_error *err)
{
	char path[80];

	if (!ctr_name_valid(name)) {
		ctr_err_set(err, CTR_E_USAGE, "'%.64s' is not a container's name", name);
		return ctr_err_hint(err, "use a-z, 0-9, '-', '_' and '.', at most 63");
	}
	(void)snprintf(path, sizeof(path), "%s/spec.yaml", name);
	if (faccessat(host->containers_dirfd, path, F_OK, 0) < 0)
		return ctr_err_set(err, CTR_E_NOTFOUND, "no such container");
	return 0;
}

int ctr_run_dir_open(struct ctr_host *host, const char *name)
{
	return openat(host->run_dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Whether another process holds the lock: a stop, start or delete is at work. */
static bool is_locked(struct ctr_host *host, const char *name)
{
	_cleanup_close_ int fd = ctr_run_dir_open(host, name);
	struct ctr_error err;

	return fd >= 0 && ctr_fd_trylock(fd, false, &err) < 0;
}

int ctr_observe(struct ctr_host *host, const char *name, int dirfd, struct ctr_observed *ret_seen,
		struct ctr_error *err)
{
	struct ctr_observed seen = { .status = CTR_STOPPED };

	if (dirfd < 0) {
		*ret_seen = seen;
		return 0;
	}
	if (ctr_state_read(dirfd, &seen.state, err) < 0) {
		if (err->code != CTR_E_NOTFOUND)
			return -1;
		*ret_seen = seen;
		return 0;
	}
	seen.has_state = true;
	seen.init_alive = ctr_proc_alive(&seen.state.init);
	seen.monitor_alive = ctr_proc_alive(&seen.state.monitor);
	if (seen.init_alive && seen.state.started_at.tv_sec) {
		struct ctr_cg cg = CTR_CG_NULL;
		bool populated, frozen = false;

		seen.status = CTR_RUNNING;
		if (host->cg_loaded && ctr_cg_open(&host->cg, name, &cg, err) == 0)
			(void)ctr_cg_events(&cg, &populated, &frozen, err);
		ctr_cg_done(&cg);
		if (frozen)
			seen.status = CTR_PAUSED;
		else if (faccessat(dirfd, "stop", F_OK, 0) == 0 && is_locked(host, name))
			seen.status = CTR_STOPPING;
	} else if (seen.monitor_alive) {
		/* No init: before execve it is being built (or waits to restart), after it is being taken apart. */
		seen.status = seen.state.started_at.tv_sec ? CTR_STOPPING : CTR_STARTING;
	}
	*ret_seen = seen;
	return 0;
}

int ctr_spec_load(struct ctr_host *host, const char *name, struct ctr_spec *ret_spec,
		  struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf problems = { 0 };
	_cleanup_buf_ struct ctr_buf text = { 0 };
	char path[80], source[160];

	(void)snprintf(path, sizeof(path), "%s/spec.yaml", name);
	if (ctr_fd_read_at(host->containers_dirfd, path, 2 << 20, &text, err) < 0)
		return -1;
	(void)snprintf(source, sizeof(source), CTR_LIB_DIR "/containers/%s", path);
	if (ctr_spec_read_text(source, ctr_buf_str(&text), text.len, ret_spec, &problems, err) <
	    0) {
		/* The stored text was valid when it was written: say the first thing that is wrong now. */
		if (problems.len)
			ctr_err_set(err, CTR_E_SPEC, "%.*s",
				    (int)strcspn(ctr_buf_str(&problems), "\n"),
				    ctr_buf_str(&problems));
		return -1;
	}
	return 0;
}
