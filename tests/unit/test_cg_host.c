// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The host's layout on this machine: discovery, the cache, first starts that race, the library, and
 * what the hot path costs (printed). Needs root.
 */
#include "tests/unit/test_cg_machine.h"

#include <time.h>

#define ROUNDS 200

static long long now_usec(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void test_load(void)
{
	_cleanup_buf_ struct ctr_buf lines = { 0 };
	struct ctr_cg_host again = { 0 };
	struct stat before, after;
	int fd;

	if (host.busy) {
		ok(fstatat(cache_fd, ".host", &before, 0) < 0, "what may change is not cached");
		return;
	}
	ok(fstatat(cache_fd, ".host", &before, 0) == 0, "there is a cache");
	done(ctr_cg_host_load(cache_fd, &again, &err), "the host from the cache");
	ok(!memcmp(&host, &again, sizeof(host)), "is the same");
	ok(fstatat(cache_fd, ".host", &after, 0) == 0 && before.st_ino == after.st_ino,
	   "nothing was set up again");
	fd = openat(cache_fd, ".host", O_WRONLY | O_TRUNC | O_CLOEXEC);
	ok(fd >= 0 && write(fd, "ctr-cgroups 1\nboot", 18) == 18, "a damaged cache");
	ctr_cleanup_close(&fd);
	done(ctr_cg_host_load(cache_fd, &again, &err), "is not believed");
	ok(!memcmp(&host, &again, sizeof(host)), "and leads to the same host");
	fd = ctr_cg_monitors_open(&host, &err);
	done(fd < 0 ? -1 : 0, "the monitors' group");
	ctr_cleanup_close(&fd);
	done(ctr_cg_host_findings(&host, &lines, &err), "findings");
	for (const char *p = ctr_buf_str(&lines); *p; p = strchr(p, '\n') + 1) {
		printf("# %.*s\n", (int)strcspn(p, "\n"), p);
		ok(strcspn(p, "\n") > (size_t)(strstr(p, "; ") - p), "a finding has a remedy");
	}
}

/* Several first starts at the same time: each works, and the cache that is left is valid at most
 * one start later. */
static void test_race(void)
{
	struct stat before, after;
	pid_t pids[8];
	bool good = true;

	done(ctr_cg_host_unload(&host, &err), "before the first start");
	(void)unlinkat(cache_fd, ".host", 0);
	(void)fflush(stdout);
	for (size_t i = 0; i < CTR_ARRAY_LEN(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct ctr_cg_plan plan = { 0 };
			struct ctr_cg cg;
			struct ctr_cg_host h;

			(void)snprintf(name + strlen(name), 8, "-%zu", i);
			if (ctr_cg_host_load(cache_fd, &h, &err) < 0 ||
			    ctr_cg_create(&h, name, &plan, &cg, &err) < 0 ||
			    ctr_cg_remove(&h, name, 5000, &err) < 0) {
				printf("# %s\n", err.msg);
				(void)fflush(stdout);
				_exit(1);
			}
			_exit(memcmp(&h, &host, sizeof(h)) ? 2 : 0);
		}
	}
	for (size_t i = 0; i < CTR_ARRAY_LEN(pids); i++)
		good = reap(pids[i]) == 0 && good;
	ok(good, "eight first starts at once all work");
	done(ctr_cg_host_load(cache_fd, &host, &err), "the next start");
	(void)fstatat(cache_fd, ".host", &before, 0);
	done(ctr_cg_host_load(cache_fd, &host, &err), "and the one after it");
	ok(fstatat(cache_fd, ".host", &after, 0) == 0 && before.st_ino == after.st_ino,
	   "finds a valid cache");
}

/* The library alone makes the roots, with every controller that this host has for containers. */
static void test_library(void)
{
	char path[CG_PATH_MAX], text[256] = "";
	bool any_v2 = false, all = true;

	done(ctr_cg_host_unload(&host, &err), "the roots are gone again");
	done(ctr_cg_libcgroup_roots(&host, &err), "the library makes them");
	ctr_cg_path(path, host.unified, "cgroup.subtree_control");
	(void)ctr_cg_read(AT_FDCWD, path, text, sizeof(text));
	for (int c = 0; c < CTR_CG_CONTROLLERS_; c++) {
		const char *controller = ctr_cg_controller_name(c, false);

		if (host.on_v2[c]) {
			any_v2 = true;
			all = all && strstr(text, controller);
		}
		if (host.v1[c][0] && (c == CTR_CG_CPU || c == CTR_CG_MEMORY || c == CTR_CG_PIDS)) {
			ctr_cg_path(path, host.v1[c], "tasks");
			ok(access(path, F_OK) == 0, path);
		}
	}
	ok(all, "with the controllers enabled");
	ctr_cg_path(path, host.unified, CG_MONITORS);
	ok(!any_v2 || access(path, F_OK) == 0, "and the monitors' group");
	done(ctr_cg_host_unload(&host, &err), "the roots are gone once more");
}

static int by_size(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;

	return x < y ? -1 : x > y;
}

static void report(const char *what, long long *usec)
{
	qsort(usec, ROUNDS, sizeof(*usec), by_size);
	printf("# %-28s median %lld us, 90 %% %lld us\n", what, usec[ROUNDS / 2],
	       usec[ROUNDS * 9 / 10]);
}

static struct ctr_cg timed;

static void body_join(void)
{
	/* spawn() has joined; once more, with the clock running: the cost of the writes, from
	 * another group. */
	long long start = now_usec();
	struct ctr_error mine;

	shared->value = ctr_cg_join(&timed, &mine) < 0 ? -1 : (int)(now_usec() - start);
}

static void measure(void)
{
	static long long load[ROUNDS], create_[ROUNDS], join[ROUNDS], remove_[ROUNDS];
	struct ctr_cg_spec spec;
	struct ctr_cg_plan plan;
	bool good = true;

	ctr_cg_spec_init(&spec);
	for (int i = 0; i < ROUNDS && good; i++) {
		struct ctr_cg_host h;
		struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
		long long t0 = now_usec(), t1, t2;
		pid_t pid;

		good = ctr_cg_host_load(cache_fd, &h, &err) == 0;
		t1 = now_usec();
		good = good && ctr_cg_plan(&spec, &h, &plan, &err) == 0 &&
		       ctr_cg_create(&h, name, &plan, &timed, &err) == 0;
		t2 = now_usec();
		if (!good)
			break;
		load[i] = t1 - t0;
		create_[i] = t2 - t1;
		args.cgroup = (uint64_t)timed.payload_fd;
		pid = ctr_sys_clone3(&args);
		if (pid == 0) {
			body_join();
			_exit(0);
		}
		(void)reap(pid);
		join[i] = shared->value;
		ctr_cg_done(&timed);
		t0 = now_usec();
		good = ctr_cg_remove(&h, name, 5000, &err) == 0;
		remove_[i] = now_usec() - t0;
	}
	done(good ? 0 : -1, "measured");
	if (!good)
		return;
	report("host_load (cached)", load);
	report("plan + create (no limits)", create_);
	report("join", join);
	report("remove (empty)", remove_);
	ok(nothing_left(), "nothing is left");
}

int main(void)
{
	int status;

	if (!machine_begin(&status))
		return status;
	test_load();
	measure();
	/* Only where nobody else uses the roots. */
	if (ours) {
		test_race();
		test_library();
	}
	return machine_end();
}
