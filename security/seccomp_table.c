/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The built-in filter as tables. Whatever is in none of them is denied: EPERM for a call that is older than the tables,
 * ENOSYS for a newer one, so that a libc falls back to what it did before. Never allowed, with whatever capability, because
 * nothing isolates them and each has been a way out: bpf, perf_event_open, io_uring_*, userfaultfd, add_key, request_key,
 * keyctl, init_module, finit_module, delete_module, kexec_*, open_by_handle_at, fanotify_*, swapon, swapoff, acct,
 * quotactl*, iopl, ioperm, modify_ldt, vm86, lookup_dcookie, uselib, nfsservctl.
 */
#include "security/seccomp_table.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stddef.h>
#include <sys/socket.h>

/* clang-format off */
/* lint: table */
static const char *const always_calls[] = {
	"accept", "accept4", "access", "adjtimex", "alarm", "arch_prctl", "bind", "brk",
	"cachestat", "capget", "capset", "chdir", "chmod", "chown", "chown32", "clock_adjtime",
	"clock_adjtime64", "clock_getres", "clock_getres_time64", "clock_gettime",
	"clock_gettime64", "clock_nanosleep", "clock_nanosleep_time64", "close", "close_range",
	"connect", "copy_file_range", "creat", "dup", "dup2", "dup3", "epoll_create",
	"epoll_create1", "epoll_ctl", "epoll_ctl_old", "epoll_pwait", "epoll_pwait2", "epoll_wait",
	"epoll_wait_old", "eventfd", "eventfd2", "execve", "execveat", "exit", "exit_group",
	"faccessat", "faccessat2", "fadvise64", "fadvise64_64", "fallocate", "fchdir", "fchmod",
	"fchmodat", "fchmodat2", "fchown", "fchown32", "fchownat", "fcntl", "fcntl64", "fdatasync",
	"fgetxattr", "file_getattr", "file_setattr", "flistxattr", "flock", "fork", "fremovexattr",
	"fsetxattr", "fstat", "fstat64", "fstatat64", "fstatfs", "fstatfs64", "fsync", "ftruncate",
	"ftruncate64", "futex", "futex_requeue", "futex_time64", "futex_wait", "futex_waitv",
	"futex_wake", "futimesat", "get_robust_list", "get_thread_area", "getcpu", "getcwd",
	"getdents", "getdents64", "getegid", "getegid32", "geteuid", "geteuid32", "getgid",
	"getgid32", "getgroups", "getgroups32", "getitimer", "getpeername", "getpgid", "getpgrp",
	"getpid", "getppid", "getpriority", "getrandom", "getresgid", "getresgid32", "getresuid",
	"getresuid32", "getrlimit", "getrusage", "getsid", "getsockname", "getsockopt", "gettid",
	"gettimeofday", "getuid", "getuid32", "getxattr", "getxattrat", "inotify_add_watch",
	"inotify_init", "inotify_init1", "inotify_rm_watch", "io_cancel", "io_destroy",
	"io_getevents", "io_pgetevents", "io_pgetevents_time64", "io_setup", "io_submit", "ioctl",
	"ioprio_get", "ioprio_set", "ipc", "kill", "landlock_add_rule", "landlock_create_ruleset",
	"landlock_restrict_self", "lchown", "lchown32", "lgetxattr", "link", "linkat", "listen",
	"listmount", "listxattr", "listxattrat", "llistxattr", "_llseek", "lremovexattr", "lseek",
	"lsetxattr", "lstat", "lstat64", "madvise", "map_shadow_stack", "membarrier",
	"memfd_create", "memfd_secret", "mincore", "mkdir", "mkdirat", "mknod", "mknodat", "mlock",
	"mlock2", "mlockall", "mmap", "mmap2", "mprotect", "mq_getsetattr", "mq_notify", "mq_open",
	"mq_timedreceive", "mq_timedreceive_time64", "mq_timedsend", "mq_timedsend_time64",
	"mq_unlink", "mremap", "mseal", "msgctl", "msgget", "msgrcv", "msgsnd", "msync", "munlock",
	"munlockall", "munmap", "name_to_handle_at", "nanosleep", "newfstatat", "_newselect",
	"nice", "open", "openat", "openat2", "pause", "pidfd_open", "pidfd_send_signal", "pipe",
	"pipe2", "pkey_alloc", "pkey_free", "pkey_mprotect", "poll", "ppoll", "ppoll_time64",
	"prctl", "pread64", "preadv", "preadv2", "prlimit64", "process_mrelease", "pselect6",
	"pselect6_time64", "pwrite64", "pwritev", "pwritev2", "read", "readahead", "readlink",
	"readlinkat", "readv", "recv", "recvfrom", "recvmmsg", "recvmmsg_time64", "recvmsg",
	"remap_file_pages", "removexattr", "removexattrat", "rename", "renameat", "renameat2",
	"restart_syscall", "rmdir", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask",
	"rt_sigqueueinfo", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait",
	"rt_sigtimedwait_time64", "rt_tgsigqueueinfo", "sched_get_priority_max",
	"sched_get_priority_min", "sched_getaffinity", "sched_getattr", "sched_getparam",
	"sched_getscheduler", "sched_rr_get_interval", "sched_rr_get_interval_time64",
	"sched_setaffinity", "sched_setparam", "sched_yield", "seccomp", "select", "semctl",
	"semget", "semop", "semtimedop", "semtimedop_time64", "send", "sendfile", "sendfile64",
	"sendmmsg", "sendmsg", "sendto", "set_robust_list", "set_thread_area", "set_tid_address",
	"setfsgid", "setfsgid32", "setfsuid", "setfsuid32", "setgid", "setgid32", "setgroups",
	"setgroups32", "setitimer", "setpgid", "setpriority", "setregid", "setregid32", "setresgid",
	"setresgid32", "setresuid", "setresuid32", "setreuid", "setreuid32", "setrlimit", "setsid",
	"setsockopt", "setuid", "setuid32", "setxattr", "setxattrat", "shmat", "shmctl", "shmdt",
	"shmget", "shutdown", "sigaction", "sigaltstack", "signal", "signalfd", "signalfd4",
	"sigpending", "sigprocmask", "sigreturn", "sigsuspend", "splice", "stat", "stat64",
	"statfs", "statfs64", "statmount", "statx", "symlink", "symlinkat", "sync",
	"sync_file_range", "syncfs", "sysinfo", "tee", "tgkill", "time",
	"timer_create", "timer_delete", "timer_getoverrun", "timer_gettime", "timer_gettime64",
	"timer_settime", "timer_settime64", "timerfd_create", "timerfd_gettime",
	"timerfd_gettime64", "timerfd_settime", "timerfd_settime64", "times", "tkill", "truncate",
	"truncate64", "ugetrlimit", "umask", "uname", "unlink", "unlinkat", "uretprobe", "utime",
	"utimensat", "utimensat_time64", "utimes", "vfork", "vmsplice", "wait4", "waitid",
	"waitpid", "write", "writev", NULL,
};

/* Other processes of the same user, in the same pid namespace: debuggers. */
/* lint: table */
static const char *const trace_calls[] = {
	"ptrace", "process_vm_readv", "process_vm_writev", NULL,
};

/* lint: table */
static const char *const inspect_calls[] = {
	"kcmp", "pidfd_getfd", "process_madvise", NULL,
};

/* lint: table */
static const char *const root_calls[] = {
	"chroot", NULL,
};

/* Mounts and namespaces. Only in a user namespace of the container's own: see ctr_sec_view(). */
/* lint: table */
static const char *const admin_calls[] = {
	"clone", "clone3", "fsconfig", "fsmount", "fsopen", "fspick", "mount", "mount_setattr",
	"move_mount", "open_tree", "open_tree_attr", "pivot_root", "setdomainname", "sethostname",
	"setns", "umount", "umount2", "unshare", NULL,
};

/* lint: table */
static const char *const nice_calls[] = {
	"get_mempolicy", "mbind", "migrate_pages", "move_pages", "sched_setattr",
	"sched_setscheduler", "set_mempolicy", "set_mempolicy_home_node", NULL,
};

/* lint: table */
static const char *const settime_calls[] = {
	"clock_settime", "clock_settime64", "settimeofday", "stime", NULL,
};

/* lint: table */
static const char *const boot_calls[] = {
	"reboot", NULL,
};

/* lint: table */
static const char *const syslog_calls[] = {
	"syslog", NULL,
};

/* lint: table */
static const char *const tty_calls[] = {
	"vhangup", NULL,
};

/* What must look as if this kernel did not have it: the libc and the libraries know what to do then. clone3 keeps its flags
 * behind a pointer, where no filter looks. */
static const char *const unknown_calls[] = { "clone3", NULL };
static const char *const unknown_lsm_calls[] = {
	"lsm_get_self_attr", "lsm_list_modules", "lsm_set_self_attr", NULL,
};
/* clang-format on */

#define NOT_SERVICE (SEC_APP | SEC_VPS)

const struct sec_group ctr_sec_groups[] = {
	{ always_calls, SEC_ANY, -1, -1, 0 },
	{ trace_calls, NOT_SERVICE, -1, -1, 0 },
	{ trace_calls, SEC_SERVICE, CAP_SYS_PTRACE, -1, 0 },
	{ inspect_calls, SEC_ANY, CAP_SYS_PTRACE, -1, 0 },
	{ root_calls, SEC_ANY, CAP_SYS_CHROOT, -1, 0 },
	{ admin_calls, NOT_SERVICE, CAP_SYS_ADMIN, -1, 0 },
	{ nice_calls, SEC_ANY, CAP_SYS_NICE, -1, 0 },
	{ settime_calls, NOT_SERVICE, CAP_SYS_TIME, -1, 0 },
	{ boot_calls, NOT_SERVICE, CAP_SYS_BOOT, -1, 0 },
	{ syslog_calls, NOT_SERVICE, CAP_SYSLOG, -1, 0 },
	{ tty_calls, SEC_ANY, CAP_SYS_TTY_CONFIG, -1, 0 },
	{ unknown_calls, SEC_ANY, -1, CAP_SYS_ADMIN, ENOSYS },
	{ unknown_lsm_calls, SEC_ANY, -1, -1, ENOSYS },
	{ NULL, 0, -1, -1, 0 },
};

/* clone(2) has its exit signal where CLONE_NEWTIME would be. */
#define NEW_CLONE                                                                      \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	 CLONE_NEWPID | CLONE_NEWNET)
#define NEW_UNSHARE (NEW_CLONE | 0x80) /* CLONE_NEWTIME */
#define ALL_BITS UINT64_MAX
/* SCHED_RESET_ON_FORK may be added to a policy; the kernel's int has no upper half. */
#define POLICY_BITS (UINT32_MAX & ~UINT32_C(0x40000000))

/* The kernel takes 32 bits of a flag word and of an int; a mask says which bits are looked at, a full one that no high
 * bits may be there at all. */
const struct sec_arg ctr_sec_args[] = {
	{ "clone", -1, CAP_SYS_ADMIN, 0, NEW_CLONE, 0 },
	{ "unshare", -1, CAP_SYS_ADMIN, 0, NEW_UNSHARE, 0 },
	{ "personality", -1, -1, 0, ALL_BITS, 0x0 },        /* PER_LINUX */
	{ "personality", -1, -1, 0, ALL_BITS, 0x8 },        /* PER_LINUX32 */
	{ "personality", -1, -1, 0, ALL_BITS, 0x20000 },    /* UNAME26 */
	{ "personality", -1, -1, 0, ALL_BITS, 0x20008 },    /* both */
	{ "personality", -1, -1, 0, ALL_BITS, 0xffffffff }, /* which is it? */
	{ "sched_setscheduler", -1, CAP_SYS_NICE, 1, POLICY_BITS, SCHED_OTHER },
	{ "sched_setscheduler", -1, CAP_SYS_NICE, 1, POLICY_BITS, SCHED_BATCH },
	{ "sched_setscheduler", -1, CAP_SYS_NICE, 1, POLICY_BITS, SCHED_IDLE },
	{ "socketpair", -1, -1, 0, ALL_BITS, AF_UNIX },
	{ NULL, -1, -1, 0, 0, 0 },
};

/* AF_ALG and AF_VSOCK reach past every namespace; the others are drivers that nobody fuzzes for years. */
const struct sec_number ctr_sec_families[] = {
	{ AF_UNIX, -1 },
	{ AF_INET, -1 },
	{ AF_INET6, -1 },
	{ AF_NETLINK, -1 },
	{ AF_PACKET, CAP_NET_RAW },
	{ -1, -1 },
};

/* libaudit takes EPROTONOSUPPORT for "no audit here"; with anything else login and sudo give up. */
const struct sec_number ctr_sec_netlinks[] = {
	{ NETLINK_ROUTE, -1 },
	{ NETLINK_SOCK_DIAG, -1 },
	{ NETLINK_KOBJECT_UEVENT, -1 },
	{ NETLINK_GENERIC, -1 },
	{ NETLINK_XFRM, CAP_NET_ADMIN },
	{ NETLINK_NETFILTER, CAP_NET_ADMIN },
	{ -1, -1 },
};

const struct ctr_sec_newer ctr_sec_newer[] = {
#ifdef __x86_64__
	{ "uretprobe", 335 },
#endif
	{ "cachestat", 451 },         { "fchmodat2", 452 },
	{ "map_shadow_stack", 453 },  { "futex_wake", 454 },
	{ "futex_wait", 455 },        { "futex_requeue", 456 },
	{ "statmount", 457 },         { "listmount", 458 },
	{ "lsm_get_self_attr", 459 }, { "lsm_set_self_attr", 460 },
	{ "lsm_list_modules", 461 },  { "mseal", 462 },
	{ "setxattrat", 463 },        { "getxattrat", 464 },
	{ "listxattrat", 465 },       { "removexattrat", 466 },
	{ "open_tree_attr", 467 },    { "file_getattr", 468 },
	{ "file_setattr", 469 },      { NULL, 0 },
};
