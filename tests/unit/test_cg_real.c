// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Containers' groups on this machine's own cgroups, whatever their layout. Groups are made below
 * the "ctr" roots under a name of this process and are gone at the end. Needs root.
 */
#include "tests/unit/test_cg_machine.h"

#include <poll.h>
#include <sys/sysmacros.h>

static bool wait_count(unsigned long long above)
{
	for (int i = 0; i < 2000 && shared->count <= above; i++)
		nap(1);
	return shared->count > above;
}

static void body_count(void)
{
	for (;;) {
		shared->count++;
		nap(1);
	}
}

static void body_fork(void)
{
	for (shared->value = 0; shared->value < 1000; shared->value++) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (pid == 0) {
			(void)pause();
			_exit(0);
		}
	}
	shared->count++;
	(void)pause();
}

static void body_allocate(void)
{
	size_t size = 96 << 20;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t i = 0; p != MAP_FAILED && i < size; i += 4096)
		p[i] = 1;
}

static void body_spin(void)
{
	for (;;)
		shared->count++;
}

static char node_dir[128];

static int try_open(const char *file)
{
	char path[200];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", node_dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

static int try_mknod(const char *file, unsigned int maj, unsigned int min)
{
	char path[200];

	(void)snprintf(path, sizeof(path), "%s/%s", node_dir, file);
	(void)unlink(path);
	return mknod(path, S_IFCHR | 0600, makedev(maj, min)) < 0 ? errno : 0;
}

/* One bit for each thing that is allowed. */
static void body_devices(void)
{
	shared->value = (try_open("null") == 0) | (try_open("kmsg") == 0) << 1 |
			(try_mknod("made-null", 1, 3) == 0) << 2 |
			(try_mknod("made-mem", 1, 1) == 0) << 3 |
			(open("/dev/ptmx", O_RDWR | O_NOCTTY) >= 0) << 4;
}

static bool create(const struct ctr_cg_spec *spec, struct ctr_cg *cg, const char *what)
{
	struct ctr_cg_plan plan;

	return done(ctr_cg_plan(spec, &host, &plan, &err) < 0
			    ? -1
			    : ctr_cg_create(&host, name, &plan, cg, &err),
		    what);
}

static bool have(enum ctr_cg_controller c)
{
	return ctr_cg_place(&host, c) != CG_NOWHERE;
}

static void remove_all(struct ctr_cg *cg)
{
	ctr_cg_done(cg);
	done(ctr_cg_remove(&host, name, 5000, &err), "removed");
	ok(nothing_left(), "nothing is left of it");
}

static void test_limits(void)
{
	_cleanup_(ctr_cg_done) struct ctr_cg cg = CTR_CG_NULL, again = CTR_CG_NULL;
	struct ctr_cg_spec spec;
	struct ctr_cg_stat stat;
	char path[64], text[2048], want[128];
	pid_t pid;

	ctr_cg_spec_init(&spec);
	if (have(CTR_CG_CPU)) {
		spec.cpu_weight = 333;
		spec.cpu_max_milli = 500;
		spec.cpu_burst_usec = 1000;
	}
	if (have(CTR_CG_CPUSET))
		spec.cpus = (char *)"0";
	if (have(CTR_CG_MEMORY))
		spec.memory_max = 64 << 20;
	if (have(CTR_CG_PIDS))
		spec.pids_max = 50;
	if (!create(&spec, &cg, "a container with every limit"))
		return;
	done(ctr_cg_stat(&cg, &stat, &err), "its counters");
	if (have(CTR_CG_CPU)) {
		is_int(stat.cpu_weight, 333, "the weight is read back exactly");
		is_int(stat.cpu_max_milli, 500, "so is the cap");
	}
	if (have(CTR_CG_MEMORY))
		is_int(stat.memory_max, 64 << 20, "so is memory.max");
	if (have(CTR_CG_PIDS))
		is_int(stat.pids_max, 50, "so is pids.max");
	shared->count = 0;
	pid = spawn(&cg, body_spin);
	ok(wait_count(0), "a process runs in it");
	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	ok(ctr_cg_read(AT_FDCWD, path, text, sizeof(text)) > 0, "its groups");
	(void)snprintf(want, sizeof(want), "0::/" CG_ROOT "/%s/" CG_PAYLOAD "\n", name);
	ok(strstr(text, want) != NULL, "cgroup2: the payload group");
	for (int c = 0; c < CTR_CG_CONTROLLERS_; c++) {
		if (cg.v1_dirfd[c] < 0)
			continue;
		(void)snprintf(want, sizeof(want), ":%s:/" CG_ROOT "/%s\n",
			       ctr_cg_controller_name(c, true), name);
		ok(strstr(text, want) != NULL || strstr(text, "cpu,cpuacct:/" CG_ROOT), want);
	}
	nap(400);
	done(ctr_cg_stat(&cg, &stat, &err), "its counters while it spins");
	ok(stat.cpu_usage_usec > 10000, "CPU time is counted");
	if (have(CTR_CG_CPU)) {
		ok(stat.cpu_nr_throttled > 0, "the cap throttles");
		ok(stat.cpu_usage_usec < 350000, "and holds");
	}
	if (have(CTR_CG_PIDS))
		is_int(stat.pids_current, 1, "one process");
	is_int(ctr_cg_create(&host, name, &(struct ctr_cg_plan){ 0 }, &again, &err), -1,
	       "a group with processes is not made anew");
	is_int(err.code, CTR_E_EXISTS, "it exists");
	done(ctr_cg_open(&host, name, &again, &err), "it can be opened");
	ok(again.payload_fd >= 0, "with its payload");
	/* The fds are open and the process runs: remove kills it. */
	remove_all(&cg);
	ok(WIFSIGNALED(reap(pid)), "which killed the process");
	is_int(ctr_cg_open(&host, name, &cg, &err), -1, "a removed container");
	is_int(err.code, CTR_E_NOTFOUND, "is not found");
	done(ctr_cg_remove(&host, name, 100, &err), "removing it again is no error");
}

static void test_freeze_kill(void)
{
	_cleanup_(ctr_cg_done) struct ctr_cg cg = CTR_CG_NULL;
	struct ctr_cg_spec spec;
	unsigned long long seen;
	bool populated, frozen;
	pid_t pid, *pids = NULL;
	size_t n = 0;

	ctr_cg_spec_init(&spec);
	if (!create(&spec, &cg, "a container without limits"))
		return;
	done(ctr_cg_events(&cg, &populated, &frozen, &err), "its events");
	ok(!populated && !frozen, "empty, not frozen");
	shared->count = 0;
	pid = spawn(&cg, body_count);
	ok(wait_count(0), "a process runs in it");
	done(ctr_cg_pids(&cg, &pids, &n, &err), "its pids");
	ok(n == 1 && pids[0] == pid, "are that one");
	free(pids);
	done(ctr_cg_freeze(&cg, true, 2000, &err), "frozen");
	seen = shared->count;
	nap(50);
	ok(shared->count == seen, "a frozen process does nothing");
	done(ctr_cg_events(&cg, &populated, &frozen, &err), "its events");
	ok(populated && frozen, "populated and frozen");
	done(ctr_cg_freeze(&cg, false, 2000, &err), "thawed");
	ok(wait_count(seen), "it goes on");
	done(ctr_cg_freeze(&cg, true, 2000, &err), "frozen again");
	done(ctr_cg_kill(&cg, &err), "killed while frozen");
	ok(WTERMSIG(reap(pid)) == SIGKILL, "it is dead");
	ctr_cg_done(&cg);
	/* The stale group, still frozen, is replaced by a fresh one. */
	if (create(&spec, &cg, "made over an empty one")) {
		done(ctr_cg_events(&cg, &populated, &frozen, &err), "its events");
		ok(!frozen, "are those of a fresh group");
	}
	remove_all(&cg);
}

static void test_fork_bomb(void)
{
	_cleanup_(ctr_cg_done) struct ctr_cg cg = CTR_CG_NULL;
	struct ctr_cg_spec spec;
	pid_t pid, *pids = NULL;
	size_t n = 0;

	if (!have(CTR_CG_PIDS))
		return;
	ctr_cg_spec_init(&spec);
	spec.pids_max = 20;
	if (!create(&spec, &cg, "a container of 20 processes"))
		return;
	shared->count = 0;
	pid = spawn(&cg, body_fork);
	ok(wait_count(0), "a fork bomb ends");
	is_int(shared->value, 19, "with 20 processes");
	done(ctr_cg_pids(&cg, &pids, &n, &err), "its pids");
	is_int(n, 20, "are all of them");
	free(pids);
	remove_all(&cg);
	(void)reap(pid);
}

static void test_oom(void)
{
	_cleanup_(ctr_cg_done) struct ctr_cg cg = CTR_CG_NULL;
	_cleanup_close_ int watch = -1;
	struct ctr_cg_spec spec;
	struct pollfd p = { .events = POLLIN };
	uint64_t kills = 0;
	int status;

	if (!have(CTR_CG_MEMORY))
		return;
	ctr_cg_spec_init(&spec);
	spec.memory_max = 32 << 20;
	spec.memory_swap_max = 0;
	if (!create(&spec, &cg, "a container of 32 MiB"))
		return;
	watch = ctr_cg_oom_watch(&cg, &err);
	done(watch < 0 ? -1 : 0, "is watched");
	p.fd = watch;
	is_int(poll(&p, 1, 0), 0, "and quiet at first");
	status = reap(spawn(&cg, body_allocate));
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "an allocator of 96 MiB is killed");
	is_int(poll(&p, 1, 2000), 1, "the watch tells");
	ctr_cg_oom_drain(watch);
	is_int(poll(&p, 1, 0), 0, "once");
	done(ctr_cg_oom_kills(&cg, &kills, &err), "the kills");
	/* Some kernels count the first victim of a group kill twice. */
	ok(kills == 1 || kills == 2, "are of one process");
	remove_all(&cg);
}

static void test_devices(void)
{
	_cleanup_(ctr_cg_done) struct ctr_cg cg = CTR_CG_NULL;
	char kmsg[200];
	char *devices[] = { kmsg, NULL }, *wrong[] = { cache_dir, NULL },
	     *absent[] = { (char *)"/dev/absent", NULL };
	struct ctr_cg_spec spec;

	if (!host.device_policy)
		return;
	(void)snprintf(node_dir, sizeof(node_dir), "%s/dev", cache_dir);
	(void)snprintf(kmsg, sizeof(kmsg), "%s/kmsg", node_dir);
	ok(mkdir(node_dir, 0700) == 0 && try_mknod("null", 1, 3) == 0 &&
		   try_mknod("kmsg", 1, 11) == 0,
	   "device nodes of our own");
	ctr_cg_spec_init(&spec);
	if (!create(&spec, &cg, "a container with the default policy"))
		return;
	(void)reap(spawn(&cg, body_devices));
	is_int(shared->value, 0x15,
	       "null and ptmx open, null can be made; kmsg and mem are denied");
	done(ctr_cg_devices_apply(&cg, devices, &err), "a policy with /dev/kmsg");
	(void)reap(spawn(&cg, body_devices));
	is_int(shared->value, 0x17, "kmsg opens too, mem is still denied");
	is_int(ctr_cg_devices_apply(&cg, wrong, &err), -1, "a directory is no device");
	is_int(err.code, CTR_E_SPEC, "which is the specification's fault");
	is_int(ctr_cg_devices_apply(&cg, absent, &err), -1, "an absent device");
	is_int(err.code, CTR_E_HOST, "is the host's");
	remove_all(&cg);
}

static void test_nested_and_broken(void)
{
	_cleanup_(ctr_cg_done) struct ctr_cg cg = CTR_CG_NULL;
	_cleanup_close_ int at = -1;
	struct ctr_cg_plan plan = { 0 };
	struct ctr_cg_spec spec;
	char part[300];
	bool made = true;
	pid_t pid;

	ctr_cg_spec_init(&spec);
	if (!create(&spec, &cg, "a container"))
		return;
	at = dup(cg.payload_fd);
	for (int depth = 0; depth < 12; depth++) {
		int next;

		for (int i = 0; i < 3; i++) {
			(void)snprintf(part, sizeof(part), "group%d", i);
			made = made && mkdirat(at, part, 0755) == 0;
		}
		next = openat(at, "group1", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		(void)close(at);
		at = next;
	}
	ok(made, "groups of its own, twelve deep");
	shared->count = 0;
	(void)close(cg.payload_fd);
	cg.payload_fd = ctr_take_fd(&at);
	pid = spawn(&cg, body_count);
	ok(wait_count(0), "with a process in the deepest");
	remove_all(&cg);
	(void)reap(pid);

	(void)ctr_cg_plan_add(&plan, CTR_CG_PIDS, &err, "pids.max", "nonsense");
	is_int(ctr_cg_create(&host, name, &plan, &cg, &err), -1, "a write that the kernel refuses");
	ok(strstr(err.msg, "pids.max: write 'nonsense' to pids.max: ") == err.msg ||
		   (!have(CTR_CG_PIDS) && strstr(err.msg, "pids.max: open pids.max: ") == err.msg),
	   err.msg);
	ok(cg.dirfd == -1 && nothing_left(), "leaves nothing");
	if (have(CTR_CG_CPUSET)) {
		spec.cpus = (char *)"0-4000";
		(void)ctr_cg_plan(&spec, &host, &plan, &err);
		is_int(ctr_cg_create(&host, name, &plan, &cg, &err), -1,
		       "CPUs that this machine lacks");
		ok(strstr(err.msg, "cpu.cpus: ") == err.msg, err.msg);
		ok(nothing_left(), "leave nothing either");
	}
}

static void test_idle(void)
{
	_cleanup_(ctr_cg_done) struct ctr_cg cg = CTR_CG_NULL;
	struct ctr_cg_spec spec;
	struct ctr_cg_stat stat = { .cpu_weight = 7 };

	if (!have(CTR_CG_CPU))
		return;
	ctr_cg_spec_init(&spec);
	spec.cpu_weight = 0;
	if (!create(&spec, &cg, "a container of weight 0"))
		return;
	done(ctr_cg_stat(&cg, &stat, &err), "its counters");
	is_int(stat.cpu_weight, 0, "it is in the idle class");
	remove_all(&cg);
}

int main(void)
{
	int status;

	if (!machine_begin(&status))
		return status;
	test_limits();
	test_freeze_kill();
	test_fork_bomb();
	test_oom();
	test_devices();
	test_nested_and_broken();
	test_idle();
	return machine_end();
}
