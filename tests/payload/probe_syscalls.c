/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Probes of system calls that reach past the container or that are attack surface it does not need.
 * Where a success would change the machine, the arguments are wrong in a way that the kernel finds
 * only after the permission check.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/reboot.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/quota.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <sys/io.h>
#endif

#include "payload.h"

static int try_add_key(const char *arg)
{
	long key = syscall(SYS_add_key, "user", "payload-probe", "x", 1, KEY_SPEC_SESSION_KEYRING);

	(void)arg;
	if (key < 0)
		return errno;
	syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_SESSION_KEYRING);
	return 0;
}

static int try_keyctl(const char *arg)
{
	(void)arg;
	return plain(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
}

static int try_key_search(const char *arg)
{
	(void)arg;
	return reached(syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user",
			       "payload-probe-none", 0));
}

static int try_request_key(const char *arg)
{
	(void)arg;
	return reached(syscall(SYS_request_key, "user", "payload-probe-none", NULL, 0));
}

static int try_init_module(const char *arg)
{
	(void)arg;
	return reached(syscall(SYS_init_module, NULL, 0, ""));
}

static int try_finit_module(const char *arg)
{
	(void)arg;
	return reached(syscall(SYS_finit_module, -1, "", 0));
}

static int try_delete_module(const char *arg)
{
	(void)arg;
	return reached(syscall(SYS_delete_module, "payload_probe_none", O_NONBLOCK));
}

static int try_clock_settime(const char *arg)
{
	struct timespec now;

	(void)arg;
	clock_gettime(CLOCK_REALTIME, &now);
	return plain(syscall(SYS_clock_settime, CLOCK_REALTIME, &now));
}

/* Neither time nor zone: only the permission is checked. */
static int try_settimeofday(const char *arg)
{
	(void)arg;
	return plain(syscall(SYS_settimeofday, NULL, NULL));
}

/* Sets the tick to what it is. */
static int try_adjtimex(const char *arg)
{
	struct timex t = { 0 };

	(void)arg;
	if (adjtimex(&t) < 0)
		return errno;
	t.modes = ADJ_TICK;
	return plain(adjtimex(&t));
}

/* No such command: EINVAL, behind the permission check. */
#define NO_SUCH_COMMAND 0x0badc0de

static int try_reboot(const char *arg)
{
	(void)arg;
	return reached(syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
			       NO_SUCH_COMMAND, NULL));
}

static int try_bpf_load(const char *arg)
{
	struct bpf_insn prog[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr;

	(void)arg;
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insns = (uint64_t)(uintptr_t)prog;
	attr.insn_cnt = 2;
	attr.license = (uint64_t)(uintptr_t) "GPL";
	return plain(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
}

static int try_bpf_map(const char *arg)
{
	union bpf_attr attr;

	(void)arg;
	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = 4;
	attr.value_size = 4;
	attr.max_entries = 1;
	return plain(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

static int try_perf(const char *arg)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.exclude_kernel = 1,
	};

	(void)arg;
	return plain(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
}

static int try_io_uring(const char *arg)
{
	struct io_uring_params params = { 0 };

	(void)arg;
	return plain(syscall(SYS_io_uring_setup, 1, &params));
}

static int try_userfaultfd(const char *arg)
{
	(void)arg;
	return plain(syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY));
}

static int try_af_alg(const char *arg)
{
	(void)arg;
	return plain(socket(AF_ALG, SOCK_SEQPACKET, 0));
}

static int try_af_vsock(const char *arg)
{
	(void)arg;
	return plain(socket(AF_VSOCK, SOCK_STREAM, 0));
}

static int try_af_packet(const char *arg)
{
	(void)arg;
	return plain(socket(AF_PACKET, SOCK_RAW, 0));
}

static int try_af_raw(const char *arg)
{
	(void)arg;
	return plain(socket(AF_INET, SOCK_RAW, 255));
}

static int try_ptrace(const char *arg)
{
	(void)arg;
	return plain(syscall(SYS_ptrace, PTRACE_SEIZE, 1, NULL, NULL));
}

static int try_process_vm(const char *arg)
{
	char byte;
	struct iovec local = { &byte, 1 }, remote = { (void *)0x400000, 1 };

	(void)arg;
	return reached(process_vm_readv(1, &local, 1, &remote, 1, 0));
}

static int try_kexec_load(const char *arg)
{
	(void)arg;
	return reached(syscall(SYS_kexec_load, 0, 17, NULL, 0xffffUL));
}

#ifdef SYS_kexec_file_load
static int try_kexec_file_load(const char *arg)
{
	(void)arg;
	return reached(syscall(SYS_kexec_file_load, -1, -1, 0, "", 0xff00UL));
}
#endif

static int try_swapon(const char *path)
{
	return reached(swapon(path, 0));
}

static int try_swapoff(const char *path)
{
	return reached(swapoff(path));
}

static int try_acct(const char *path)
{
	return reached(acct(path));
}

static int try_quotactl(const char *arg)
{
	(void)arg;
	return reached(syscall(SYS_quotactl, QCMD(Q_SYNC, USRQUOTA), NULL, 0, NULL));
}

#ifdef SYS_iopl
static int try_iopl(const char *arg)
{
	(void)arg;
	return plain(iopl(3));
}

static int try_ioperm(const char *arg)
{
	(void)arg;
	return plain(ioperm(0x80, 1, 1));
}
#endif

#define SYSLOG_READ_ALL 3
#define SYSLOG_SIZE_BUFFER 10

static int try_syslog(const char *arg)
{
	char buf[256];

	(void)arg;
	return plain(syscall(SYS_syslog, SYSLOG_READ_ALL, buf, sizeof(buf)));
}

static int try_syslog_size(const char *arg)
{
	(void)arg;
	return plain(syscall(SYS_syslog, SYSLOG_SIZE_BUFFER, NULL, 0));
}

static int try_personality(const char *arg)
{
	(void)arg;
	return plain(personality(ADDR_NO_RANDOMIZE));
}

static int try_sched_fifo(const char *arg)
{
	struct sched_param param = { .sched_priority = 1 };

	(void)arg;
	return plain(sched_setscheduler(0, SCHED_FIFO, &param));
}

static int try_sched_deadline(const char *arg)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} attr = { .size = 48,
		   .policy = 6,
		   .runtime = 1000000,
		   .deadline = 100000000,
		   .period = 100000000 };

	(void)arg;
	return plain(syscall(SYS_sched_setattr, 0, &attr, 0));
}

static int try_nice(const char *arg)
{
	(void)arg;
	return plain(setpriority(PRIO_PROCESS, 0, -5));
}

static int try_fanotify(const char *arg)
{
	(void)arg;
	return plain(fanotify_init(FAN_CLASS_CONTENT, O_RDONLY));
}

static int try_setuid0(const char *arg)
{
	(void)arg;
	if (geteuid() == 0)
		return ATTEMPT_NOT_APPLICABLE;
	return plain(syscall(SYS_setresuid, 0, 0, 0));
}

static int try_setgroups0(const char *arg)
{
	gid_t zero = 0;

	(void)arg;
	if (geteuid() == 0)
		return ATTEMPT_NOT_APPLICABLE;
	return plain(syscall(SYS_setgroups, 1, &zero));
}

#define ONE(name, function) \
	static const struct attempt only_##name[] = { { #name, function, NULL }, { 0 } }

static const struct attempt keyring[] = {
	{ "add_key", try_add_key, NULL },
	{ "keyctl", try_keyctl, NULL },
	{ "search", try_key_search, NULL },
	{ "request_key", try_request_key, NULL },
	{ 0 },
};
static const struct attempt module[] = {
	{ "init_module", try_init_module, NULL },
	{ "finit_module", try_finit_module, NULL },
	{ "delete_module", try_delete_module, NULL },
	{ 0 },
};
static const struct attempt clock_attempts[] = {
	{ "clock_settime", try_clock_settime, NULL },
	{ "settimeofday", try_settimeofday, NULL },
	{ "adjtimex", try_adjtimex, NULL },
	{ 0 },
};
static const struct attempt bpf_attempts[] = {
	{ "prog_load", try_bpf_load, NULL },
	{ "map_create", try_bpf_map, NULL },
	{ 0 },
};
static const struct attempt af_packet[] = {
	{ "packet", try_af_packet, NULL },
	{ "raw", try_af_raw, NULL },
	{ 0 },
};
static const struct attempt ptrace_attempts[] = {
	{ "init", try_ptrace, NULL },
	{ "process_vm_readv", try_process_vm, NULL },
	{ 0 },
};
static const struct attempt kexec[] = {
	{ "kexec_load", try_kexec_load, NULL },
#ifdef SYS_kexec_file_load
	{ "kexec_file_load", try_kexec_file_load, NULL },
#endif
	{ 0 },
};
static const struct attempt swap[] = {
	{ "swapon", try_swapon, "/nonexistent" },
	{ "swapoff", try_swapoff, "/nonexistent" },
	{ 0 },
};
static const struct attempt acct_attempts[] = { { "acct", try_acct, "/nonexistent" }, { 0 } };
static const struct attempt ports[] = {
#ifdef SYS_iopl
	{ "iopl", try_iopl, NULL },
	{ "ioperm", try_ioperm, NULL },
#endif
	{ 0 },
};
static const struct attempt syslog_attempts[] = {
	{ "read_all", try_syslog, NULL },
	{ "size_buffer", try_syslog_size, NULL },
	{ 0 },
};
static const struct attempt sched_rt[] = {
	{ "fifo", try_sched_fifo, NULL },
	{ "deadline", try_sched_deadline, NULL },
	{ 0 },
};
static const struct attempt setuid0[] = {
	{ "setresuid", try_setuid0, NULL },
	{ "setgroups", try_setgroups0, NULL },
	{ 0 },
};
ONE(reboot, try_reboot);
ONE(perf, try_perf);
ONE(io_uring, try_io_uring);
ONE(userfaultfd, try_userfaultfd);
ONE(af_alg, try_af_alg);
ONE(af_vsock, try_af_vsock);
ONE(quotactl, try_quotactl);
ONE(personality, try_personality);
ONE(nice, try_nice);
ONE(fanotify, try_fanotify);

const struct probe syscall_probes[] = {
	{ "keyring", false, keyring },
	{ "module", false, module },
	{ "clock", false, clock_attempts },
	{ "reboot", false, only_reboot },
	{ "bpf", false, bpf_attempts },
	{ "perf", false, only_perf },
	{ "io_uring", false, only_io_uring },
	{ "userfaultfd", false, only_userfaultfd },
	{ "af_alg", false, only_af_alg },
	{ "af_vsock", false, only_af_vsock },
	{ "af_packet", false, af_packet },
	{ "ptrace", true, ptrace_attempts },
	{ "kexec", false, kexec },
	{ "swap", false, swap },
	{ "acct", false, acct_attempts },
	{ "quotactl", false, only_quotactl },
	{ "ioports", false, ports },
	{ "syslog", false, syslog_attempts },
	{ "personality", false, only_personality },
	{ "sched_rt", false, sched_rt },
	{ "nice", false, only_nice },
	{ "fanotify", false, only_fanotify },
	{ "setuid0", false, setuid0 },
	{ 0 },
};
