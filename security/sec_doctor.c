/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this kernel and host lack for the sandbox: "name: finding; remedy" lines. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/fd.h"
#include "security/sec_int.h"

static long read_number(const char *path)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	struct ctr_error err;

	return ctr_fd_read_at(AT_FDCWD, path, 64, &text, &err) < 0
		       ? -1
		       : strtol(ctr_buf_str(&text), NULL, 10);
}

int ctr_sec_host_findings(struct ctr_buf *lines, struct ctr_error *err)
{
	void *library = dlopen("libseccomp.so.2", RTLD_LAZY);

	if (library)
		(void)dlclose(library);
	else
		ctr_buf_puts(lines, "libseccomp: it is missing; apt-get install libseccomp2\n");
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0 && errno == EINVAL)
		ctr_buf_puts(
			lines,
			"seccomp: the kernel has no seccomp filters; use one with CONFIG_SECCOMP_FILTER\n");
	if (access("/proc/self/ns/user", F_OK) < 0)
		ctr_buf_puts(
			lines,
			"user namespaces: the kernel has none; use user_namespace: host, or another kernel\n");
	else if (read_number("/proc/sys/user/max_user_namespaces") == 0)
		ctr_buf_puts(
			lines,
			"user namespaces: they are switched off; sysctl user.max_user_namespaces=10000\n");
	if (read_number("/proc/sys/kernel/unprivileged_bpf_disabled") == 0)
		ctr_buf_puts(
			lines,
			"bpf: any user of the host may load programs; sysctl kernel.unprivileged_bpf_disabled=2\n");
	return ctr_buf_check(lines, err);
}
