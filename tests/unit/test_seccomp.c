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
	return errno == EPERM || errno == ENOSYS;
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
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", "
		"\"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}}]}",
	};
	struct ctr_sec_plan plan = { 0 };
	struct ctr_sec_spec spec;
	char path[128];

	ctr_sec_spec_init(&spec);
	(void)snprintf(path, sizeof(path), "%s/p.json", dir);
	spec.seccomp = path;
	put_profile(
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"chdir\", \"not_a_call\"], "
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
	spec.seccomp = NULL;
	ctr_sec_spec_done(&spec);
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
	(void)ctr_fd_remove_tree(AT_FDCWD, dir, &err);
	return tap_done();
}
