/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may be mounted in a container's root. */
#ifndef CTR_TESTS_ROOT_MOUNTS_H
#define CTR_TESTS_ROOT_MOUNTS_H

#include "tests/unit/root_sandbox.h"

/* Every mount is one that the plan has a reason for; the first is the root. */
static inline void check_mountinfo(const char *const *allowed, const char *what)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[1024], point[512];
	bool fine = f != NULL;
	size_t n = 0;

	while (f && fgets(line, sizeof(line), f)) {
		bool found = false;

		if (sscanf(line, "%*d %*d %*s %*s %511s", point) != 1)
			continue;
		n++;
		for (size_t i = 0; allowed[i] && !found; i++)
			found = !strcmp(point, allowed[i]);
		if (strstr(line, " shared:") || strstr(line, " master:"))
			found = false;
		if (!found) {
			seen(false, "%s: unexpected mount %.180s", what, line);
			fine = false;
		}
	}
	seen(fine && n > 8, "%s: only the plan's mounts, all private (%zu)", what, n);
}

static const char *const usual[] = {
	"/",
	"/proc",
	"/sys",
	"/sys/fs/cgroup",
	"/dev",
	"/dev/null",
	"/dev/zero",
	"/dev/full",
	"/dev/random",
	"/dev/urandom",
	"/dev/tty",
	"/dev/pts",
	"/dev/shm",
	"/dev/mqueue",
	"/dev/console",
	"/etc/resolv.conf",
	"/etc/hosts",
	"/etc/hostname",
	"/run/systemd/resolve/stub-resolv.conf",
	"/srv/rw",
	"/srv/ro",
	"/srv/file",
	"/scratch",
	"/tmp",
	"/proc/acpi",
	"/proc/asound",
	"/proc/interrupts",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/sys/devices/virtual/powercap",
	"/sys/firmware",
	"/proc/bus",
	"/proc/fs",
	"/proc/irq",
	"/proc/sys",
	"/proc/sysrq-trigger",
	NULL,
};

#endif
