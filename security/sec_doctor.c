/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this kernel and host lack for the sandbox: lines "name: finding; remedy". The CLI process of doctor; reads only. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/parse.h"
#include "common/sys.h"
#include "security/sec_int.h"

/* The number in a file of /proc/sys; false when there is none. */
static bool read_number(const char *path, uint64_t *ret_number)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	struct ctr_error ignored;

	if (ctr_fd_read_at(AT_FDCWD, path, 64, &text, &ignored) < 0 || !text.len)
		return false;
	text.data[strcspn(text.data, "\n")] = '\0';
	return ctr_parse_u64(text.data, UINT64_MAX, ret_number);
}

static void find_seccomp(struct ctr_buf *lines)
{
	static const struct {
		uint32_t action;
		const char *name;
	} actions[] = { { SECCOMP_RET_ERRNO, "errno" },
			{ SECCOMP_RET_KILL_PROCESS, "kill_process" } };
	struct ctr_error err;
	struct sec_lib lib;

	if (ctr_sec_lib_load(&lib, &err) < 0)
		ctr_buf_printf(lines, "libseccomp: %s\n", err.msg);
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0) {
		ctr_buf_puts(
			lines,
			"seccomp: the kernel has no filters; use one with CONFIG_SECCOMP_FILTER=y\n");
		return;
	}
	for (size_t i = 0; i < CTR_ARRAY_LEN(actions); i++)
		if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &actions[i].action) < 0)
			ctr_buf_printf(
				lines,
				"seccomp: the kernel lacks the action %s; run Linux 4.14 or newer\n",
				actions[i].name);
}

static void find_namespaces(struct ctr_buf *lines)
{
	static const char *const files[] = { "user", "mnt", "pid", "ipc", "uts", "net", "cgroup" };
	char path[48];
	uint64_t n;

	for (size_t i = 0; i < CTR_ARRAY_LEN(files); i++) {
		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", files[i]);
		if (access(path, F_OK) < 0)
			ctr_buf_printf(
				lines,
				"namespaces: the kernel has no %s namespaces; use one that has\n",
				files[i]);
		(void)snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", files[i]);
		if (read_number(path, &n) && n == 0)
			ctr_buf_printf(
				lines,
				"namespaces: user.max_%s_namespaces is 0; sysctl user.max_%s_namespaces=10000\n",
				files[i], files[i]);
	}
}

static void find_capabilities(struct ctr_buf *lines)
{
	static const int needed[] = { CAP_SYS_ADMIN, CAP_SETUID,  CAP_SETGID,
				      CAP_SETPCAP,   CAP_SETFCAP, CAP_NET_ADMIN };
	uint64_t host = ctr_sec_caps_host();
	char name[32];

	for (size_t i = 0; i < CTR_ARRAY_LEN(needed); i++)
		if (!(host & SEC_CAP(needed[i])))
			ctr_buf_printf(
				lines,
				"capabilities: %s is not in the bounding set; start ctr where it is\n",
				ctr_sec_cap_text(needed[i], name));
	if (!(host & SEC_CAP(CAP_SYS_RESOURCE)))
		ctr_buf_puts(
			lines,
			"capabilities: SYS_RESOURCE is not in the bounding set, so ulimits cannot be raised above "
			"the hard limits here; start ctr where it is\n");
}

/* Holes of the host itself, which a container makes no larger but does not close either. */
static void find_hardening(struct ctr_buf *lines)
{
	uint64_t n;

	if (read_number("/proc/sys/kernel/unprivileged_bpf_disabled", &n) && n == 0)
		ctr_buf_puts(
			lines,
			"bpf: every user of the host may load programs; sysctl kernel.unprivileged_bpf_disabled=1\n");
	if (read_number("/proc/sys/kernel/dmesg_restrict", &n) && n == 0)
		ctr_buf_puts(
			lines,
			"dmesg: every user of the host may read the kernel's log; sysctl kernel.dmesg_restrict=1\n");
	if (read_number("/proc/sys/kernel/kptr_restrict", &n) && n == 0)
		ctr_buf_puts(
			lines,
			"kptr: kernel addresses are readable in /proc; sysctl kernel.kptr_restrict=1\n");
	if (read_number("/proc/sys/dev/tty/legacy_tiocsti", &n) && n != 0)
		ctr_buf_puts(
			lines,
			"tiocsti: a program may type into its terminal; sysctl dev.tty.legacy_tiocsti=0\n");
}

int ctr_sec_host_findings(struct ctr_buf *ret_lines, struct ctr_error *err)
{
	find_seccomp(ret_lines);
	find_namespaces(ret_lines);
	find_capabilities(ret_lines);
	find_hardening(ret_lines);
	return ctr_buf_check(ret_lines, err);
}
