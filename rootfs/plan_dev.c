/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's own trees: /proc, /sys, the cgroup view and a /dev of its own, and what of them a
 * container may not see or change. The lists are those of Docker's default profile. Pure.
 */
#include <string.h>

#include "common/path.h"
#include "common/strv.h"
#include "rootfs/rootfs_int.h"

static const char *const masked[] = {
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
	"/sys/devices/system/cpu/cpu*/thermal_throttle",
};

static const char *const readonly[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
					"/proc/sysrq-trigger" };

static const char *const nodes[] = { "/dev/null",   "/dev/zero",    "/dev/full",
				     "/dev/random", "/dev/urandom", "/dev/tty" };

static const struct {
	const char *target, *text;
} links[] = {
	{ "/dev/fd", "/proc/self/fd" },       { "/dev/stdin", "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" }, { "/dev/stderr", "/proc/self/fd/2" },
	{ "/dev/ptmx", "pts/ptmx" },
};

static struct ctr_mount *add(struct ctr_mount_plan *plan, enum ctr_mount_kind kind,
			     const char *source, const char *target, uint64_t attr,
			     struct ctr_error *err)
{
	struct ctr_mount *mount = ctr_plan_add(plan, kind, source, target, err);

	if (mount) {
		mount->attr = attr;
		mount->nolink = true;
	}
	return mount;
}

static int add_proc_and_sys(struct ctr_mount_plan *plan, const struct ctr_rootfs_context *context,
			    struct ctr_error *err)
{
	uint64_t ro = CTR_ATTR_API | MOUNT_ATTR_RDONLY;

	if (!add(plan, CTR_MOUNT_PROC, NULL, "/proc", CTR_ATTR_API, err))
		return -1;
	/* sysfs belongs to a network namespace: without one of its own a container cannot mount it.
	 */
	if (context->own_network ? !add(plan, CTR_MOUNT_SYSFS, NULL, "/sys", ro, err)
				 : !add(plan, CTR_MOUNT_BIND, "/sys", "/sys", ro, err))
		return -1;
	if (!add(plan, CTR_MOUNT_CGROUP2, NULL, "/sys/fs/cgroup",
		 context->cgroup_writable ? CTR_ATTR_API : ro, err))
		return -1;
	return 0;
}

static bool user_has(const struct ctr_rootfs_spec *spec, const char *target)
{
	for (size_t i = 0; i < spec->n_tmpfs; i++)
		if (!strcmp(spec->tmpfs[i].target, target))
			return true;
	for (size_t i = 0; i < spec->n_volumes; i++)
		if (!strcmp(spec->volumes[i].target, target))
			return true;
	return false;
}

static int add_tmpfs_at(struct ctr_mount_plan *plan, const char *target, uint64_t attr,
			const char *data, struct ctr_error *err)
{
	struct ctr_mount *mount = add(plan, CTR_MOUNT_TMPFS, NULL, target, attr, err);

	return mount ? ctr_plan_data(mount, err, "%s", data) : -1;
}

static int add_devices(struct ctr_mount_plan *plan, const struct ctr_rootfs_spec *spec,
		       struct ctr_error *err)
{
	for (size_t i = 0; i < CTR_ARRAY_LEN(nodes); i++)
		if (!add(plan, CTR_MOUNT_BIND, nodes[i], nodes[i], 0, err))
			return -1;
	for (size_t i = 0; spec->devices && spec->devices[i]; i++) {
		const char *path = spec->devices[i];

		if (!ctr_path_is_clean(path) || strncmp(path, "/dev/", 5) || !path[5])
			return ctr_err_set(err, CTR_E_SPEC, "device %s is not a path below /dev",
					   path);
		if (ctr_path_below(path, "/dev/pts") || ctr_path_below(path, "/dev/shm") ||
		    ctr_path_below(path, "/dev/mqueue") || !strcmp(path, "/dev/ptmx") ||
		    !strcmp(path, "/dev/console"))
			return ctr_err_set(err, CTR_E_SPEC, "device %s: the container has its own",
					   path);
		if (!ctr_plan_has(plan, path) && !add(plan, CTR_MOUNT_BIND, path, path, 0, err))
			return -1;
	}
	return 0;
}

int ctr_plan_kernel(struct ctr_mount_plan *plan, const struct ctr_rootfs_spec *spec,
		    const struct ctr_rootfs_context *context, struct ctr_error *err)
{
	struct ctr_mount *mount;

	if (add_proc_and_sys(plan, context, err) < 0 ||
	    add_tmpfs_at(plan, "/dev", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
			 "size=65536k,mode=755", err) < 0 ||
	    add_devices(plan, spec, err) < 0)
		return -1;
	for (size_t i = 0; i < CTR_ARRAY_LEN(links); i++)
		if (!add(plan, CTR_MOUNT_SYMLINK, links[i].text, links[i].target, 0, err))
			return -1;
	/* gid 5 is tty in every distribution: write(1) and wall(1) work, others cannot write to a
	 * terminal. */
	mount = add(plan, CTR_MOUNT_DEVPTS, NULL, "/dev/pts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
		    err);
	if (!mount || ctr_plan_data(mount, err, "gid=5,mode=620,ptmxmode=666") < 0)
		return -1;
	if (!user_has(spec, "/dev/shm") &&
	    add_tmpfs_at(plan, "/dev/shm", CTR_ATTR_API, "size=65536k,mode=1777", err) < 0)
		return -1;
	if (!user_has(spec, "/dev/mqueue") &&
	    !add(plan, CTR_MOUNT_MQUEUE, NULL, "/dev/mqueue", CTR_ATTR_API, err))
		return -1;
	if (context->terminal) {
		mount = add(plan, CTR_MOUNT_FILE, "", "/dev/console", 0, err);
		if (!mount)
			return -1;
	}
	return 0;
}

int ctr_plan_seal(struct ctr_mount_plan *plan, const struct ctr_rootfs_context *context,
		  struct ctr_error *err)
{
	struct ctr_mount *mount;

	/*
	 * A private server sets its own sysctls. Its user namespace decides what it may write in
	 * /proc, and it could undo the mounts anyway.
	 */
	bool own_proc = context->userns && context->cgroup_writable;

	for (size_t i = 0; !own_proc && i < CTR_ARRAY_LEN(readonly); i++) {
		mount = add(plan, CTR_MOUNT_READONLY, NULL, readonly[i], MOUNT_ATTR_RDONLY, err);
		if (!mount)
			return -1;
		mount->optional = true;
	}
	for (size_t i = 0; i < CTR_ARRAY_LEN(masked); i++) {
		mount = add(plan, CTR_MOUNT_MASK, NULL, masked[i], MOUNT_ATTR_RDONLY, err);
		if (!mount)
			return -1;
		mount->optional = true;
	}
	return 0;
}
