/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The built-in filters: every decision of every profile against a golden list, the arguments that matter one by one, the
 * side doors (x32, the 32-bit entry, high bits), and the same answers from the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "security/sec_int.h"
#include "security/seccomp_table.h"
#include "tests/unit/tap.h"
#include "tests/unit/test_sec_bpf.h"

#define E(number) (SECCOMP_RET_ERRNO | (number))
#define ALLOW SECCOMP_RET_ALLOW
#define HIGH (UINT64_C(1) << 32)

static struct sec_lib lib;

struct program {
	struct ctr_buf bpf;
	uint32_t arch;
};

static void build(struct program *p, enum ctr_sec_profile profile, bool userns, uint64_t caps,
		  uint32_t arch)
{
	struct sec_view view = ctr_sec_view(profile, userns, caps);
	struct ctr_error err;

	*p = (struct program){ .arch = arch };
	if (ctr_sec_filter_build(&lib, &view, arch, &p->bpf, &err) < 0) {
		printf("Bail out! %s\n", err.msg);
		exit(EXIT_FAILURE);
	}
}

static uint32_t run(const struct program *p, uint32_t arch, int nr, uint64_t a0, uint64_t a1,
		    uint64_t a2)
{
	struct seccomp_data data = { .nr = nr, .arch = arch, .args = { a0, a1, a2 } };

	return bpf_run((const struct sock_filter *)(const void *)p->bpf.data,
		       p->bpf.len / sizeof(struct sock_filter), &data);
}

static int number(const struct program *p, const char *name)
{
	for (const struct ctr_sec_newer *n = ctr_sec_newer; n->name; n++)
		if (!strcmp(n->name, name))
			return n->number;
	return lib.resolve_name_arch(p->arch, name);
}

static uint32_t call(const struct program *p, const char *name, uint64_t a0, uint64_t a1,
		     uint64_t a2)
{
	return run(p, p->arch, number(p, name), a0, a1, a2);
}

static const char *name_of(uint32_t arch, int nr, char buf[static 64])
{
	char *name = lib.resolve_num_arch(arch, nr);

	(void)snprintf(buf, 64, "%s", name ? name : "");
	free(name);
	for (const struct ctr_sec_newer *n = ctr_sec_newer; !*buf && n->name; n++)
		if (n->number == nr)
			(void)snprintf(buf, 64, "%s", n->name);
	return buf;
}

/* One line per call: what is decided whatever the arguments, or that these decide. */
static void decisions(const struct program *p, int last, struct ctr_buf *text)
{
	for (int nr = 0; nr <= last; nr++) {
		uint32_t zero = run(p, p->arch, nr, 0, 0, 0), one = run(p, p->arch, nr, 1, 1, 1);
		uint32_t all = run(p, p->arch, nr, -1, -1, -1);
		char name[64];

		if (!*name_of(p->arch, nr, name))
			continue;
		ctr_buf_printf(text, "%s %s\n",
			       zero != one || zero != all         ? "arguments"
			       : zero == ALLOW                    ? "allow"
			       : zero == E(EPERM)                 ? "EPERM"
			       : zero == E(ENOSYS)                ? "ENOSYS"
			       : zero == SECCOMP_RET_KILL_PROCESS ? "kill"
								  : "?",
			       name);
	}
}

static void golden(const struct program *p, const char *file, int last)
{
	_cleanup_buf_ struct ctr_buf got = { 0 };
	_cleanup_buf_ struct ctr_buf want = { 0 };
	struct ctr_error err;
	char path[512];

	decisions(p, last, &got);
	(void)snprintf(path, sizeof(path), "%s/seccomp/%s", CTR_GOLDEN_DIR, file);
	if (getenv("CTR_GOLDEN_UPDATE")) {
		FILE *f = fopen(path, "w");

		if (f) {
			fputs(ctr_buf_str(&got), f);
			(void)fclose(f);
		}
	}
	if (ctr_fd_read_at(AT_FDCWD, path, 1 << 20, &want, &err) < 0)
		printf("# %s\n", err.msg);
	is_str(ctr_buf_str(&got), ctr_buf_str(&want), file);
}

static void test_golden(void)
{
	static const uint64_t admin =
		SEC_CAP(CAP_SYS_ADMIN) | SEC_CAP(CAP_SYS_BOOT) | SEC_CAP(CAP_SYS_CHROOT);
	static const struct {
		const char *file;
		enum ctr_sec_profile profile;
		uint64_t caps;
	} rows[] = {
		{ "app", CTR_SEC_APP, SEC_CAP(CAP_SYS_CHROOT) },
		{ "service", CTR_SEC_SERVICE, 0 },
		{ "vps", CTR_SEC_VPS,
		  admin | SEC_CAP(CAP_SYS_NICE) | SEC_CAP(CAP_SYS_PTRACE) |
			  SEC_CAP(CAP_NET_ADMIN) },
		{ "app-all", CTR_SEC_APP, UINT64_MAX },
		{ "service-all", CTR_SEC_SERVICE, UINT64_MAX },
	};
	struct program p;
	char file[64];

	for (size_t i = 0; i < CTR_ARRAY_LEN(rows); i++) {
#ifdef __x86_64__
		build(&p, rows[i].profile, true, rows[i].caps, SCMP_ARCH_X86_64);
		(void)snprintf(file, sizeof(file), "%s.x86_64", rows[i].file);
		golden(&p, file, SEC_NEWEST);
		if (rows[i].profile == CTR_SEC_VPS) {
			p.arch = SCMP_ARCH_X86;
			(void)snprintf(file, sizeof(file), "%s.x86", rows[i].file);
			golden(&p, file, SEC_NEWEST_X86);
		}
		ctr_buf_done(&p.bpf);
#endif
		build(&p, rows[i].profile, true, rows[i].caps, SCMP_ARCH_AARCH64);
		(void)snprintf(file, sizeof(file), "%s.aarch64", rows[i].file);
		/* Up to what every libseccomp translates. */
		golden(&p, file, 450);
		ctr_buf_done(&p.bpf);
	}
}

static void test_arguments(uint32_t arch)
{
	struct program app, raw;
	bool right = true;

	build(&app, CTR_SEC_APP, true, 0, arch);
	build(&raw, CTR_SEC_APP, true, SEC_CAP(CAP_NET_RAW) | SEC_CAP(CAP_NET_ADMIN), arch);
	for (uint64_t family = 0; family < 64; family++) {
		bool allow = family == AF_UNIX || family == AF_INET || family == AF_INET6 ||
			     family == AF_NETLINK;

		right &= call(&app, "socket", family, SOCK_DGRAM, 0) ==
			 (allow ? ALLOW : E(EAFNOSUPPORT));
		right &= call(&app, "socket", family | HIGH, SOCK_DGRAM, 0) == E(EAFNOSUPPORT);
		right &= call(&app, "socketpair", family, SOCK_DGRAM, 0) ==
			 (family == AF_UNIX ? ALLOW : E(EPERM));
	}
	ok(right, "socket: four families, and none behind high bits");
	is_int(call(&app, "socket", UINT64_MAX, 0, 0), E(EAFNOSUPPORT), "socket: family -1");
	is_int(call(&raw, "socket", AF_PACKET, SOCK_RAW, 0), ALLOW, "socket: packet with NET_RAW");
	is_int(call(&app, "socket", AF_PACKET, SOCK_RAW, 0), E(EAFNOSUPPORT),
	       "socket: packet without");
	right = true;
	for (uint64_t protocol = 0; protocol < 64; protocol++) {
		bool allow = protocol == NETLINK_ROUTE || protocol == NETLINK_SOCK_DIAG ||
			     protocol == NETLINK_KOBJECT_UEVENT || protocol == NETLINK_GENERIC;
		bool more = allow || protocol == NETLINK_NETFILTER || protocol == NETLINK_XFRM;

		right &= call(&app, "socket", AF_NETLINK, SOCK_RAW, protocol) ==
			 (allow ? ALLOW : E(EPROTONOSUPPORT));
		right &= call(&raw, "socket", AF_NETLINK, SOCK_RAW, protocol) ==
			 (more ? ALLOW : E(EPROTONOSUPPORT));
		right &= call(&app, "socket", AF_NETLINK, SOCK_RAW, protocol | HIGH) ==
			 E(EPROTONOSUPPORT);
	}
	ok(right, "netlink: by protocol");
	right = true;
	for (int bit = 0; bit < 64; bit++) {
		uint64_t flag = UINT64_C(1) << bit;
		bool clone_ns = flag & (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
					CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET);

		right &= call(&app, "clone", flag | SIGCHLD, 0, 0) == (clone_ns ? E(EPERM) : ALLOW);
		right &= call(&app, "clone", flag | HIGH, 0, 0) == (clone_ns ? E(EPERM) : ALLOW);
		right &= call(&app, "unshare", flag, 0, 0) ==
			 (clone_ns || flag == 0x80 ? E(EPERM) : ALLOW);
		right &= call(&app, "unshare", flag | HIGH, 0, 0) ==
			 (clone_ns || flag == 0x80 ? E(EPERM) : ALLOW);
	}
	ok(right, "clone, unshare: each bit");
	is_int(call(&app, "clone3", 0, 0, 0), E(ENOSYS), "clone3: as if it were not there");
	right = true;
	for (uint64_t high = 0; high <= HIGH; high += HIGH) {
		right &= call(&app, "ioctl", 0, TIOCSTI | high, 0) == E(EPERM);
		right &= call(&app, "ioctl", 0, TIOCLINUX | high, 0) == E(EPERM);
		right &= call(&app, "ioctl", 0, TIOCSETD | high, 0) == E(EPERM);
		right &= call(&app, "ioctl", 0, TIOCGWINSZ | high, 0) == ALLOW;
		right &= call(&app, "ioctl", 0, TCGETS | high, 0) == ALLOW;
	}
	ok(right, "ioctl: TIOCSTI, TIOCLINUX, TIOCSETD by their low 32 bits");
	is_int(call(&app, "personality", 0xffffffff, 0, 0), ALLOW, "personality: the question");
	is_int(call(&app, "personality", 0x40000, 0, 0), E(EPERM),
	       "personality: ADDR_NO_RANDOMIZE");
	is_int(call(&app, "personality", HIGH, 0, 0), E(EPERM), "personality: high bits");
	is_int(call(&app, "sched_setscheduler", 0, SCHED_BATCH | 0x40000000, 0), ALLOW,
	       "sched: batch, reset on fork");
	is_int(call(&app, "sched_setscheduler", 0, SCHED_FIFO, 0), E(EPERM), "sched: fifo");
	is_int(call(&app, "sched_setscheduler", 0, SCHED_RR | HIGH, 0), E(EPERM),
	       "sched: rr behind high bits");
	is_int(call(&app, "sched_setattr", 0, 0, 0), E(EPERM), "sched_setattr: without SYS_NICE");
	ctr_buf_done(&app.bpf);
	ctr_buf_done(&raw.bpf);
}

static void test_views(void)
{
	struct sec_view a =
		ctr_sec_view(CTR_SEC_APP, false, SEC_CAP(CAP_SYS_ADMIN) | SEC_CAP(CAP_SYS_BOOT));
	struct sec_view s = ctr_sec_view(CTR_SEC_SERVICE, true, UINT64_MAX);
	struct program p;

	ok(a.caps == 0, "with the host's ids SYS_ADMIN opens nothing");
	ok(!(s.caps & (SEC_CAP(CAP_SYS_ADMIN) | SEC_CAP(CAP_SYS_TIME) | SEC_CAP(CAP_SYSLOG))),
	   "nor ever for a service");
	build(&p, CTR_SEC_SERVICE, true, UINT64_MAX, SCMP_ARCH_X86_64);
	is_int(call(&p, "mount", 0, 0, 0), E(EPERM), "service with all capabilities: no mount");
	is_int(call(&p, "clone", CLONE_NEWUSER, 0, 0), E(EPERM), "no namespace");
	is_int(call(&p, "clone", SIGCHLD, 0, 0), ALLOW, "but fork");
	is_int(run(&p, SCMP_ARCH_X86, 20, 0, 0, 0), E(ENOSYS), "a service has no 32-bit entry");
	ctr_buf_done(&p.bpf);
}

static void test_doors(void)
{
	struct program p;
	bool right = true;

	build(&p, CTR_SEC_VPS, true, UINT64_MAX, SCMP_ARCH_X86_64);
	for (int nr = 0; nr < 600; nr++)
		right &= run(&p, SCMP_ARCH_X86_64, 0x40000000 | nr, 0, 0, 0) == E(ENOSYS);
	ok(right, "x32: every number is unknown");
	is_int(run(&p, SCMP_ARCH_X86_64, -1, 0, 0, 0), E(ENOSYS), "number -1");
	is_int(run(&p, SCMP_ARCH_X86_64, SEC_NEWEST + 1, 0, 0, 0), E(ENOSYS),
	       "a call newer than the tables");
	is_int(run(&p, SCMP_ARCH_X86, SEC_NEWEST_X86 + 1, 0, 0, 0), E(ENOSYS),
	       "and in the 32-bit entry");
	right = true;
	for (uint64_t sub = 0; sub < 32; sub++)
		right &= run(&p, SCMP_ARCH_X86, 102, sub, 0, 0) == E(EPERM);
	ok(right, "socketcall: denied for every call behind it");
	is_int(run(&p, SCMP_ARCH_X86, 54, 0, TIOCSTI, 0), E(EPERM), "TIOCSTI by the 32-bit entry");
	is_int(run(&p, SCMP_ARCH_X86, 359, 38, 5, 0), E(EPERM), "AF_ALG by the 32-bit entry");
	is_int(run(&p, SCMP_ARCH_X86, 359, AF_INET, SOCK_STREAM, 0), ALLOW,
	       "AF_INET by the 32-bit entry");
	is_int(run(&p, SCMP_ARCH_X86, 359, AF_NETLINK, SOCK_RAW, 0), ALLOW,
	       "netlink by the 32-bit entry");
	is_int(run(&p, SCMP_ARCH_AARCH64, 0, 0, 0, 0), E(ENOSYS), "another architecture");
	ctr_buf_done(&p.bpf);
}

#ifdef __x86_64__
static long int80(long nr, long a, long b)
{
	long ret;

	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "a"(nr), "b"(a), "c"(b)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)ret;
}
#endif

/* In a child under the filter: each call that the interpreter says is denied, with zeros. The number of wrong answers. */
static int try_denied(const struct program *p)
{
	int wrong = 0;

	for (int nr = 0; nr <= SEC_NEWEST + 5; nr++) {
		uint32_t action = run(p, p->arch, nr, 0, 0, 0);

		/* uretprobe and uprobe: no filter is asked about them (kernel/seccomp.c). */
		if ((action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO ||
		    (p->arch == SCMP_ARCH_X86_64 && (nr == 335 || nr == 336)))
			continue;
		errno = 0;
		if (syscall(nr, 0L, 0L, 0L, 0L, 0L, 0L) != -1 ||
		    errno != (int)(action & SECCOMP_RET_DATA)) {
			printf("# call %d: errno %d, expected %d\n", nr, errno,
			       (int)(action & SECCOMP_RET_DATA));
			fflush(stdout);
			wrong++;
		}
	}
	errno = 0;
	wrong += syscall(SYS_unshare, CLONE_NEWUSER | HIGH) != -1 || errno != EPERM;
	wrong += socket(AF_ALG, SOCK_SEQPACKET, 0) != -1 || errno != EAFNOSUPPORT;
	wrong += ioctl(0, TIOCSTI, "x") != -1 || errno != EPERM;
	wrong += fcntl(open("/dev/null", O_RDWR), F_GETFD) < 0;
#ifdef __x86_64__
	wrong += syscall(0x40000000 | SYS_getpid) != -1 || errno != ENOSYS;
#endif
	return wrong;
}

#ifdef __x86_64__
/* The 32-bit entry: getpid, socketcall, and a namespace. */
static int try_entry32(const struct program *p)
{
	bool runs = int80(20, 0, 0) == getpid() && int80(102, 1, 0) == -EPERM;
	bool refused = int80(20, 0, 0) == -ENOSYS && int80(102, 1, 0) == -ENOSYS &&
		       int80(310, CLONE_NEWUSER, 0) == -ENOSYS;

	/* A distribution has it, the others have not. */
	return run(p, SCMP_ARCH_X86, 20, 0, 0, 0) == ALLOW ? !runs : !refused;
}
#endif

static int under_filter(const struct program *p, int (*try)(const struct program *p))
{
	struct sock_fprog program = { .len = (unsigned short)(p->bpf.len /
							      sizeof(struct sock_filter)),
				      .filter = (struct sock_filter *)(void *)p->bpf.data };
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		(void)setsid();
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
			_exit(100);
		_exit(try(p));
	}
	(void)waitpid(pid, &status, 0);
	return status;
}

static void test_kernel(void)
{
	static const struct {
		enum ctr_sec_profile profile;
		const char *name;
	} rows[] = { { CTR_SEC_APP, "app" },
		     { CTR_SEC_SERVICE, "service" },
		     { CTR_SEC_VPS, "vps" } };
	struct program p;
	char what[96];

	for (size_t i = 0; i < CTR_ARRAY_LEN(rows); i++) {
		build(&p, rows[i].profile, true, 0, lib.arch_native());
		(void)snprintf(what, sizeof(what), "%s: the kernel answers as the interpreter",
			       rows[i].name);
		is_int(under_filter(&p, try_denied), 0, what);
#ifdef __x86_64__
		(void)snprintf(what, sizeof(what), "%s: and by the 32-bit entry", rows[i].name);
		is_int(under_filter(&p, try_entry32), 0, what);
#endif
		ctr_buf_done(&p.bpf);
	}
}

/* Nobody can tell a misspelt name from one that this libseccomp does not know yet. */
static void test_names(void)
{
	static const uint32_t arches[] = { SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_AARCH64,
					   SCMP_ARCH_ARM };
	int unknown = 0;

	for (const struct sec_group *g = ctr_sec_groups; g->names; g++)
		for (const char *const *name = g->names; *name; name++) {
			bool known = false;

			for (size_t i = 0; i < CTR_ARRAY_LEN(arches); i++)
				known |= lib.resolve_name_arch(arches[i], *name) >= 0;
			for (const struct ctr_sec_newer *n = ctr_sec_newer; n->name; n++)
				known |= !strcmp(n->name, *name);
			if (!known) {
				unknown++;
				printf("# unknown: %s\n", *name);
			}
		}
	is_int(unknown, 0, "every name in the tables is a call");
}

int main(void)
{
	struct ctr_error err;

	if (ctr_sec_lib_load(&lib, &err) < 0) {
		printf("Bail out! %s\n", err.msg);
		return EXIT_FAILURE;
	}
	test_names();
	test_golden();
	test_arguments(SCMP_ARCH_X86_64);
	test_arguments(SCMP_ARCH_AARCH64);
	test_views();
	test_doors();
	test_kernel();
	return tap_done();
}
