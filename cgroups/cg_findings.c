// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What doctor says about this host's cgroups: each line is something that makes a promise of ctr
 * weaker than it reads, with what to do about it. Host side, reads only.
 */
#include "cgroups/cg_int.h"

#include <fcntl.h>
#include <string.h>

#include "common/fd.h"

#define BOOT_V2 "boot with systemd.unified_cgroup_hierarchy=1"

struct promise {
	enum ctr_cg_controller controller;
	const char *without; /* what a container loses */
};
static const struct promise promises[] = {
	{ CTR_CG_CPU, "weights and CPU caps do nothing" },
	{ CTR_CG_MEMORY, "memory is neither limited nor counted" },
	{ CTR_CG_PIDS, "a fork bomb is not contained" },
	{ CTR_CG_IO, "disk bandwidth is not shared by weight" },
	{ CTR_CG_CPUSET, "cpu.cpus cannot be set" },
};

static bool exists(int dirfd, const char *file)
{
	return faccessat(dirfd, file, F_OK, 0) == 0;
}

static void controllers(const struct ctr_cg_host *host, struct ctr_buf *lines)
{
	char v1[128] = "";

	for (size_t i = 0; i < CTR_ARRAY_LEN(promises); i++) {
		enum ctr_cg_controller c = promises[i].controller;
		const char *name = ctr_cg_controller_name(c, false);
		size_t used = strlen(v1);

		switch (ctr_cg_place(host, c)) {
		case CG_ON_V1:
			(void)snprintf(v1 + used, sizeof(v1) - used, "%s%s", used ? ", " : "",
				       name);
			break;
		case CG_NOWHERE:
			ctr_buf_printf(
				lines,
				"cgroup.%s: no %s controller for containers: %s; enable it in "
				"cgroup.subtree_control, remove cgroup_disable= from the kernel's "
				"command line\n",
				name, name, promises[i].without);
			break;
		case CG_ON_V2:
			break;
		}
	}
	if (v1[0])
		ctr_buf_printf(lines,
			       "cgroup.v1: on cgroup v1 and translated: %s; " BOOT_V2
			       " for the exact meaning\n",
			       v1);
	if (ctr_cg_place(host, CTR_CG_MEMORY) == CG_ON_V1)
		ctr_buf_puts(
			lines,
			"cgroup.memory: on v1 memory.min, memory.high and memory weights do not "
			"exist; " BOOT_V2 "\n");
	else if (ctr_cg_place(host, CTR_CG_MEMORY) == CG_ON_V2 && !host->recursive_prot)
		ctr_buf_printf(
			lines,
			"cgroup.memory: mounted without memory_recursiveprot: protection ends at a "
			"container's own groups; mount -o remount,memory_recursiveprot %s\n",
			host->unified);
}

static void kernel(const struct ctr_cg_host *host, int root, struct ctr_buf *lines)
{
	char path[CG_PATH_MAX], text[256];

	if (!exists(root, "cgroup.kill"))
		ctr_buf_puts(lines,
			     "cgroup.kill: this kernel has none, processes are killed one by one; "
			     "use Linux 5.14 or later\n");
	if (!exists(root, "cgroup.freeze"))
		ctr_buf_puts(
			lines,
			"cgroup.freeze: this kernel has none, pause does not work; use Linux 5.2 "
			"or later\n");
	if (ctr_cg_read(AT_FDCWD, "/proc/pressure/cpu", text, sizeof(text)) < 0)
		ctr_buf_puts(lines, "psi: pressure is not measured; boot with psi=1\n");
	if (ctr_cg_place(host, CTR_CG_MEMORY) == CG_ON_V1)
		(void)snprintf(path, sizeof(path), "%s/" CG_ROOT "/memory.memsw.limit_in_bytes",
			       host->v1[CTR_CG_MEMORY]);
	else
		(void)snprintf(path, sizeof(path), "%s/" CG_ROOT "/memory.swap.max", host->unified);
	if (ctr_cg_place(host, CTR_CG_MEMORY) != CG_NOWHERE && !exists(AT_FDCWD, path))
		ctr_buf_puts(
			lines,
			"cgroup.swap: swap is not accounted for, memory.swap_max does not work; "
			"boot with swapaccount=1\n");
}

int ctr_cg_host_findings(const struct ctr_cg_host *host, struct ctr_buf *ret_lines,
			 struct ctr_error *err)
{
	_cleanup_close_ int top = -1, root = -1;

	top = ctr_fd_open_at(AT_FDCWD, host->unified, O_PATH | O_DIRECTORY, 0, err);
	if (top < 0)
		return -1;
	root = ctr_fd_open_at(top, CG_ROOT, O_PATH | O_DIRECTORY, 0, err);
	if (root < 0)
		return -1;
	controllers(host, ret_lines);
	if (host->busy)
		ctr_buf_printf(
			ret_lines,
			"cgroup.busy: processes live in %s itself, so no controller can be enabled "
			"below it; move them into a group of their own (mkdir %s/init, write each "
			"pid "
			"to its cgroup.procs)\n",
			host->unified, host->unified);
	kernel(host, root, ret_lines);
	/* Only a hierarchy's true root has no events of its own. */
	if (exists(top, "cgroup.events"))
		ctr_buf_puts(ret_lines,
			     "cgroup.nested: this host is a container itself: its containers get "
			     "their share of its share; give it enough weight\n");
	if (!host->device_policy)
		ctr_buf_puts(ret_lines,
			     "cgroup.devices: no device policy can be loaded in a user namespace: "
			     "the outer one applies; run ctr on the host itself\n");
	return ctr_buf_check(ret_lines, err);
}
