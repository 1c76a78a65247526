/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The real filters in real processes: what each profile may call, by errno; and the cache. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "security/security.h"
#include "tests/unit/tap.h"

static struct ctr_error err;
static char dir[] = "/tmp/ctr-test-seccomp.XXXXXX";
static int cache;

enum { APP = 1, SERVICE = 2, BOTH = 3 };

static const struct call {
	const char *what;
	long number, a, b, c;
	int denied_by; /* APP, SERVICE: EPERM or ENOSYS there */
} calls[] = {
	{ "getpid", SYS_getpid, 0, 0, 0, 0 },
	{ "personality(query)", SYS_personality, 0xffffffff, 0, 0, 0 },
	{ "personality(ADDR_NO_RANDOMIZE)", SYS_personality, 0x0040000, 0, 0, BOTH },
	{ "mount", SYS_mount, 0, 0, 0, BOTH },
	{ "umount2", SYS_umount2, 0, 0, 0, BOTH },
	{ "unshare(NEWUSER)", SYS_unshare, CLONE_NEWUSER, 0, 0, BOTH },
	{ "unshare(NEWTIME)", SYS_unshare, 0x80, 0, 0, BOTH },
	{ "unshare(FS)", SYS_unshare, CLONE_FS, 0, 0, 0 },
	{ "clone(NEWUSER)", SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, BOTH },
	{ "clone3", SYS_clone3, 0, 0, 0, BOTH },
	{ "setns", SYS_setns, -1, 0, 0, BOTH },
	{ "bpf", SYS_bpf, 0, 0, 0, BOTH },
	{ "perf_event_open", SYS_perf_event_open, 0, 0, 0, BOTH },
	{ "io_uring_setup", SYS_io_uring_setup, 1, 0, 0, BOTH },
	{ "userfaultfd", SYS_userfaultfd, 0, 0, 0, BOTH },
	{ "keyctl", SYS_keyctl, 0, 0, 0, BOTH },
	{ "add_key", SYS_add_key, 0, 0, 0, BOTH },
	{ "open_by_handle_at", SYS_open_by_handle_at, -1, 0, 0, BOTH },
	{ "init_module", SYS_init_module, 0, 0, 0, BOTH },
	{ "kexec_load", SYS_kexec_load, 0, 0, 0, BOTH },
	{ "reboot", SYS_reboot, 0, 0, 0, BOTH },
	{ "settimeofday", SYS_settimeofday, 0, 0, 0, BOTH },
	{ "swapon", SYS_swapon, 0, 0, 0, BOTH },
	{ "quotactl", SYS_quotactl, 0, 0, 0, BOTH },
	{ "acct", SYS_acct, 1, 0, 0, BOTH },
	{ "fsopen", SYS_fsopen, 0, 0, 0, BOTH },
	{ "open_tree", SYS_open_tree, -1, 0, 0, BOTH },
	{ "ptrace", SYS_ptrace, 0x4206, -1, 0, SERVICE },
	{ "socket(AF_UNIX)", SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0 },
	{ "socket(AF_INET)", SYS_socket, AF_INET, SOCK_STREAM, 0, 0 },
	{ "socket(AF_ALG)", SYS_socket, AF_ALG, SOCK_SEQPACKET, 0, BOTH },
	{ "socket(AF_VSOCK)", SYS_socket, AF_VSOCK, SOCK_STREAM, 0, BOTH },
	{ "socket(AF_VSOCK, high bits)", SYS_socket, AF_VSOCK | (1L << 40), SOCK_STREAM, 0, BOTH },
	{ "socket(AF_PACKET)", SYS_socket, AF_PACKET, SOCK_RAW, 0, BOTH },
	{ "ioctl(TIOCSTI)", SYS_ioctl, -1, TIOCSTI, 0, BOTH },
	{ "ioctl(TIOCSTI, high bits)", SYS_ioctl, -1, TIOCSTI | (1L << 33), 0, BOTH },
	{ "ioctl(TIOCLINUX)", SYS_ioctl, -1, TIOCLINUX, 0, BOTH },
	{ "ioctl(FIONREAD)", SYS_ioctl, -1, FIONREAD, 0, 0 },
	{ "a call of the future", 999, 0, 0, 0, BOTH },
#ifdef __x86_64__
	{ "x32 getpid", 0x40000000 | SYS_getpid, 0, 0, 0, BOTH },
#endif
};

static bool is_denied(const struct call *c)
{
	errno = 0;
	if (syscall(c->number, c->a, c->b, c->c, 0, 0) >= 0)
		return false;
	return errno == EPERM || errno == ENOSYS ||
	       (c->number == SYS_socket && errno == EAFNOSUPPORT);
}

/* In a child without capabilities, so that nothing but the filter is asked... and so that an allowed call does no harm. */
static void test_profile(enum ctr_sec_profile profile, int bit, const char *label)
{
	struct ctr_sec_plan plan = { 0 };
	struct ctr_sec_spec spec;
	struct ctr_sec_ids nobody = { .uid = 65534, .gid = 65534 };
	char line[96];
	int pair[2];

	ctr_sec_spec_init(&spec);
	spec.profile = profile;
	ok(ctr_sec_plan(&spec, cache, &plan, &err) == 0 && plan.filter_len > 50,
	   "a filter is compiled");
	(void)!pipe(pair);
	if (fork() == 0) {
		if (ctr_sec_apply(&plan, &nobody, &err) < 0)
			_exit(1);
		for (size_t i = 0; i < CTR_ARRAY_LEN(calls); i++) {
			char answer = is_denied(&calls[i]) ? 'd' : 'a';

			(void)!write(pair[1], &answer, 1);
		}
		_exit(0);
	}
	close(pair[1]);
	for (size_t i = 0; i < CTR_ARRAY_LEN(calls); i++) {
		char answer = '?';

		(void)!read(pair[0], &answer, 1);
		(void)snprintf(line, sizeof(line), "%s: %s is %s", label, calls[i].what,
			       calls[i].denied_by & bit ? "denied" : "allowed");
		ok(answer == (calls[i].denied_by & bit ? 'd' : 'a'), line);
	}
	(void)wait(NULL);
	close(pair[0]);
	ctr_sec_plan_done(&plan);
	ctr_sec_spec_done(&spec);
}

/* A damaged or foreign cache file is compiled anew, never loaded. */
static void test_cache(void)
{
	struct ctr_sec_plan first = { 0 }, again = { 0 };
	struct ctr_sec_spec spec;
	DIR *files = fdopendir(openat(cache, ".", O_RDONLY | O_DIRECTORY));
	struct dirent *file;

	ctr_sec_spec_init(&spec);
	(void)ctr_sec_plan(&spec, cache, &first, &err);
	while ((file = readdir(files))) {
		int fd = openat(cache, file->d_name, O_RDWR);

		if (file->d_name[0] == '.' || fd < 0)
			continue;
		(void)!pwrite(fd, "\xff", 1, 100);
		close(fd);
	}
	closedir(files);
	ok(ctr_sec_plan(&spec, cache, &again, &err) == 0 && again.filter_len == first.filter_len &&
		   !memcmp(again.filter, first.filter, first.filter_len * sizeof(*first.filter)),
	   "a damaged cache is not believed");
	ctr_sec_plan_done(&first);
	ctr_sec_plan_done(&again);
	ctr_sec_spec_done(&spec);
}

static void put_profile(const char *text)
{
	int fd = openat(cache, "p.json", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	(void)!write(fd, text, strlen(text));
	close(fd);
}

static void test_file(void)
{
	static const char *const bad[] = {
		"{",
		"[]",
		"{}",
		"{\"defaultAction\": \"SCMP_ACT_MAYBE\", \"syscalls\": []}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"]}]}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"not_a_call\"], \"action\": \"SCMP_ACT_ERRNO\"}]}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [], \"action\": \"SCMP_ACT_ERRNO\"}]}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": \"read\", \"action\": \"SCMP_ACT_ERRNO\"}]}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [7], \"action\": \"SCMP_ACT_ERRNO\"}]}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_NOTIFY\"}]}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": -1}]}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 70000}]}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"args\": [{\"index\": 6, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]}]}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"args\": [{\"index\": 0, \"value\": -1, \"op\": \"SCMP_CMP_EQ\"}]}]}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"args\": [{\"index\": 0, \"value\": 1, \"op\": \"EQ\"}]}]}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"includes\": {\"caps\": [\"CAP_NONSENSE\"]}}]}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"includes\": {\"minKernel\": \"4\"}}]}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"exclude\": {}}]}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"/x\", \"syscalls\": []}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_PDP11\"], \"syscalls\": []}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": []} x",
	};
	struct ctr_sec_plan plan = { 0 };
	struct ctr_sec_spec spec;
	char path[128];

	ctr_sec_spec_init(&spec);
	(void)snprintf(path, sizeof(path), "%s/p.json", dir);
	spec.seccomp = path;
	put_profile(
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"chdir\"], "
		"\"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 5}]}");
	ok(ctr_sec_plan(&spec, cache, &plan, &err) == 0, "a profile in the OCI format");
	if (fork() == 0) {
		struct ctr_sec_ids nobody = { .uid = 65534, .gid = 65534 };

		_exit(ctr_sec_apply(&plan, &nobody, &err) == 0 && chdir("/") < 0 && errno == EIO
			      ? 7
			      : 1);
	}
	{
		int status;

		(void)wait(&status);
		ok(WIFEXITED(status) && WEXITSTATUS(status) == 7, "does what it says");
	}
	ctr_sec_plan_done(&plan);
	for (size_t i = 0; i < CTR_ARRAY_LEN(bad); i++) {
		put_profile(bad[i]);
		ok(ctr_sec_plan(&spec, cache, &plan, &err) < 0 && err.code == CTR_E_SPEC &&
			   strstr(err.msg, "p.json"),
		   bad[i]);
	}
	put_profile("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": []}");
	(void)fchmodat(cache, "p.json", 0666, 0);
	ok(ctr_sec_plan(&spec, cache, &plan, &err) < 0 && err.code == CTR_E_SPEC,
	   "others may write it");
	(void)unlinkat(cache, "p.json", 0);
	ok(ctr_sec_plan(&spec, cache, &plan, &err) < 0 && err.code == CTR_E_NOTFOUND,
	   "it is absent");
	(void)mkfifoat(cache, "p.json", 0600);
	ok(ctr_sec_plan(&spec, cache, &plan, &err) < 0 && err.code == CTR_E_SPEC, "it is a FIFO");
	(void)unlinkat(cache, "p.json", 0);
	spec.seccomp = NULL;
	ctr_sec_spec_done(&spec);
}

/* Under a list in Docker's manner, which filters by capability: the answers of three calls. */
static int docker_answers(void)
{
	struct ctr_sec_ids nobody = { .uid = 65534, .gid = 65534 };
	struct ctr_sec_plan plan = { 0 };
	struct ctr_sec_spec spec;
	char path[128];
	int rc = 0;

	ctr_sec_spec_init(&spec);
	(void)snprintf(path, sizeof(path), "%s/p.json", dir);
	spec.seccomp = path;
	/* Twice: compiled, and from the cache. */
	for (int i = 0; i < 2; i++) {
		ctr_sec_plan_done(&plan);
		if (ctr_sec_plan(&spec, cache, &plan, &err) < 0)
			return 100;
	}
	if (ctr_sec_apply(&plan, &nobody, &err) < 0)
		return 101;
	errno = 0;
	rc += chdir("/") < 0 && errno == EPERM ? 0 : 1;
	rc += syscall(SYS_getpgid, 0) >= 0 ? 0 : 2;
	rc += syscall(SYS_socket, 38, SOCK_SEQPACKET, 0) < 0 && errno == EPERM ? 0 : 4;
	rc += syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0) >= 0 ? 0 : 8;
	rc += syscall(SYS_socket, AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : 16;
	rc += syscall(460, 0, 0, 0) < 0 && errno == ENOSYS ? 0 : 32;
	return rc;
}

static void test_docker(void)
{
	int status = -1;

	put_profile(
		"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 1, \"archMap\": [{\"architecture\": "
		"\"SCMP_ARCH_X86_64\", \"subArchitectures\": [\"SCMP_ARCH_X86\"]}], \"syscalls\": ["
		"{\"names\": [\"exit_group\", \"close\", \"capset\", \"prctl\", \"seccomp\", \"rt_sigaction\", "
		"\"write\", \"futex\", \"munmap\", \"mmap\", \"madvise\", \"mprotect\", \"brk\", \"getpid\", \"gettid\", "
		"\"sigaltstack\", \"rt_sigprocmask\", \"set_mempolicy_home_node\", \"some_future_call\"], "
		"\"action\": \"SCMP_ACT_ALLOW\"},"
		"{\"names\": [\"getpgid\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"minKernel\": \"4.8\"}},"
		"{\"names\": [\"chdir\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"caps\": "
		"[\"CAP_SYS_ADMIN\"]}},"
		"{\"names\": [\"socket\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 0, \"value\": 1, "
		"\"op\": \"SCMP_CMP_EQ\"}, {\"index\": 0, \"value\": 2, \"op\": \"SCMP_CMP_EQ\"}], \"excludes\": "
		"{\"caps\": [\"CAP_SYS_ADMIN\"]}}]}");
	if (fork() == 0)
		_exit(docker_answers());
	(void)wait(&status);
	is_int(status, 0, "a list in Docker's manner");
}

int main(void)
{
	if (geteuid() != 0 || !mkdtemp(dir)) {
		ok(false, "filters are loaded as root");
		return tap_done();
	}
	cache = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_profile(CTR_SEC_APP, APP, "app");
	test_profile(CTR_SEC_SERVICE, SERVICE, "service");
	test_cache();
	test_file();
	test_docker();
	(void)ctr_fd_remove_tree(AT_FDCWD, dir, &err);
	return tap_done();
}
