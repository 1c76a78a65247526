/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record of a run, the exit record, the lock, and all cells of the verb x status table. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "runtime/state.h"
#include "tests/unit/tap.h"

static struct ctr_error err;
static char dir[] = "/tmp/ctr-test-state.XXXXXX";
static int dirfd_;

static void test_record(void)
{
	struct ctr_state s = { .steps = 0x15,
			       .init = { 4711, 123456789012345 },
			       .monitor = { 4710, 7 },
			       .started_at = { 1795000000, 999999999 },
			       .ids = { 1879048192, 65536 },
			       .restarts = 3 };
	struct ctr_state got = { 0 };
	int fd = ctr_state_create(dirfd_, &err);

	ok(fd >= 0, "a record is made");
	ok(ctr_state_read(dirfd_, &got, &err) < 0 && err.code == CTR_E_NOTFOUND,
	   "an empty record is none");
	ok(ctr_proc_boot_id(s.boot, &err) == 0, "the boot has an id");
	ok(ctr_state_write(fd, &s, &err) == 0 && ctr_state_read(dirfd_, &got, &err) == 0,
	   "it is written and read");
	ok(got.steps == s.steps && got.init.pid == s.init.pid && got.init.start == s.init.start &&
		   got.monitor.pid == s.monitor.pid &&
		   got.started_at.tv_sec == s.started_at.tv_sec &&
		   got.started_at.tv_nsec == s.started_at.tv_nsec && got.ids.first == s.ids.first &&
		   got.restarts == s.restarts,
	   "and is the same");
	s.steps = 0xffffffff;
	s.init = (struct ctr_proc_id){ 0 };
	ok(ctr_state_write(fd, &s, &err) == 0 && ctr_state_read(dirfd_, &got, &err) == 0 &&
		   got.init.pid == 0 && got.steps == 0xffffffff,
	   "a shorter record replaces a longer one whole");
	s.boot[0] = s.boot[0] == 'f' ? '0' : 'f';
	(void)ctr_state_write(fd, &s, &err);
	ok(ctr_state_read(dirfd_, &got, &err) < 0 && err.code == CTR_E_NOTFOUND,
	   "another boot's record is void");
	(void)!pwrite(fd, "x", 1, 60);
	ok(ctr_state_read(dirfd_, &got, &err) < 0, "a damaged record is not believed");
	close(fd);
}

static void test_exit(void)
{
	struct ctr_exit end = { .known = true,
				.code = -1,
				.signal = 9,
				.oom = true,
				.oom_limit = 67108864,
				.at = { 1795000000, 5 },
				.cpu_usage_usec = 1234567,
				.memory_peak = 67108864 };
	struct ctr_exit got;

	ok(ctr_exit_read(dirfd_, &got, &err) == 0 && !got.known, "no exit record, nothing known");
	ok(ctr_exit_write(dirfd_, &end, &err) == 0 && ctr_exit_read(dirfd_, &got, &err) == 0,
	   "written and read");
	ok(got.known && got.code == -1 && got.signal == 9 && got.oom &&
		   got.oom_limit == end.oom_limit && got.at.tv_sec == end.at.tv_sec &&
		   got.at.tv_nsec == 5 && got.cpu_usage_usec == 1234567,
	   "and is the same");
}

static void test_lock(void)
{
	struct ctr_host host = CTR_HOST_NULL;
	int first, run_dirfd, second;

	host.run_dirfd = dirfd_;
	first = ctr_lock_take(&host, "web1", &run_dirfd, &err);
	ok(first >= 0, "the lock is taken");
	second = ctr_lock_take(&host, "web1", NULL, &err);
	ok(second < 0 && err.code == CTR_E_STATE, "not twice");
	ok(ctr_lock_take(&host, "web2", NULL, &err) >= 0, "another container's is free");
	(void)ctr_fd_remove_tree(dirfd_, "web1", &err);
	second = ctr_lock_take(&host, "web1", NULL, &err);
	ok(second >= 0, "a lock on a removed directory locks nothing any more");
	close(first);
	close(second);
	close(run_dirfd);
}

static void test_identity(void)
{
	struct ctr_proc_id id, other;
	pid_t child = fork();
	int fd;

	if (child == 0) {
		pause();
		_exit(0);
	}
	ok(ctr_proc_identify(child, &id, &err) == 0 && ctr_proc_alive(&id),
	   "a live process is alive");
	other = id;
	other.start++;
	ok(!ctr_proc_alive(&other), "the same pid with another start time is not");
	ok(ctr_proc_open(&other, &err) < 0 && err.code == CTR_E_NOTFOUND, "and cannot be opened");
	fd = ctr_proc_open(&id, &err);
	ok(fd >= 0 && !ctr_proc_wait(fd, 0), "its pidfd does not say that it ended");
	kill(child, SIGKILL);
	ok(ctr_proc_wait(fd, 5000), "until it did");
	ok(!ctr_proc_alive(&id), "a zombie is not alive");
	waitpid(child, NULL, 0);
	close(fd);
}

/* The table as the manual prints it; rows: verbs, columns: stopped starting running paused stopping. */
static void test_verbs(void)
{
	static const char *const manual[CTR_VERB_MAX_] = {
		[CTR_V_START] = "y----",  [CTR_V_EXEC] = "--y--",  [CTR_V_STOP] = "yyyyy",
		[CTR_V_KILL] = "-yyyy",   [CTR_V_PAUSE] = "--y--", [CTR_V_RESUME] = "---y-",
		[CTR_V_DELETE] = "y----", [CTR_V_PS] = "--yyy",
	};

	for (int verb = 0; verb < CTR_VERB_MAX_; verb++) {
		for (int status = 0; status < CTR_STATUS_MAX_; status++) {
			bool want = manual[verb][status] == 'y';
			char what[64];

			snprintf(what, sizeof(what), "%s when %s: %s",
				 ctr_verb_name((enum ctr_verb)verb),
				 ctr_status_name((enum ctr_status)status), want ? "yes" : "no");
			ok(ctr_verb_allowed((enum ctr_verb)verb, (enum ctr_status)status) == want,
			   what);
			is_int(ctr_verb_check((enum ctr_verb)verb, (enum ctr_status)status, &err),
			       want ? 0 : -1, what);
			ok(want || err.code == CTR_E_STATE, "a refusal is a wrong state");
		}
	}
}

int main(void)
{
	if (!mkdtemp(dir))
		return 2;
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_record();
	test_exit();
	test_lock();
	test_identity();
	test_verbs();
	(void)ctr_fd_remove_tree(AT_FDCWD, dir, &err);
	return tap_done();
}
