/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of rootfs/ share. Not for other folders; tests may look. */
#ifndef CTR_ROOTFS_ROOTFS_INT_H
#define CTR_ROOTFS_ROOTFS_INT_H

#include <sys/mount.h>
#include <sys/types.h>

#include "rootfs/rootfs.h"

#define CTR_TMPFS_DEFAULT_SIZE (UINT64_C(64) << 20)
#define CTR_ATTR_DATA (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)
#define CTR_ATTR_API (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* root_spec.c: why a volume or tmpfs may not be mounted there, or NULL. */
const char *ctr_rootfs_target_problem(const char *target);

/*
 * plan.c: appends a mount of the given kind and returns it to be filled in further, or NULL with
 * err set. The strings are copied; source and data may be NULL.
 */
struct ctr_mount *ctr_plan_add(struct ctr_mount_plan *plan, enum ctr_mount_kind kind,
			       const char *source, const char *target, struct ctr_error *err);
int ctr_plan_data(struct ctr_mount *mount, struct ctr_error *err, const char *fmt, ...)
	CTR_PRINTF(3, 4);
/* Whether the plan has a mount exactly there. */
bool ctr_plan_has(const struct ctr_mount_plan *plan, const char *target);
/* Whether path is dir or lies below it. */
bool ctr_path_below(const char *path, const char *dir);
/* ctr_rootfs_plan() with the host's files looked up below host_dir ("" is the host itself). */
int ctr_rootfs_plan_at(const struct ctr_rootfs_spec *spec, const struct ctr_rootfs_context *context,
		       const char *host_dir, struct ctr_mount_plan *ret_plan,
		       struct ctr_error *err);

/* plan_dev.c: /proc, /sys, cgroup, /dev; and what of them is hidden or read-only. */
int ctr_plan_kernel(struct ctr_mount_plan *plan, const struct ctr_rootfs_spec *spec,
		    const struct ctr_rootfs_context *context, struct ctr_error *err);
int ctr_plan_seal(struct ctr_mount_plan *plan, const struct ctr_rootfs_context *context,
		  struct ctr_error *err);

/* plan_host.c: the skeleton and host paths of kind HOST. */
int ctr_plan_host(struct ctr_mount_plan *plan, const struct ctr_rootfs_spec *spec,
		  const struct ctr_rootfs_context *context, const char *host_dir,
		  struct ctr_error *err);
/* plan_etc.c: passwd, group, nsswitch.conf and friends of kind HOST. */
int ctr_plan_accounts(struct ctr_mount_plan *plan, const struct ctr_rootfs_context *context,
		      const char *host_dir, struct ctr_error *err);

/* open.c: what the file system is called, "ext4"; buf is used when it has no known name. */
const char *ctr_fs_name(int fd, char buf[static 32]);
/* A detached clone of path, private and with attributes; the id mapping of userns_fd unless it is
 * -1. */
int ctr_tree_open(const char *path, uint64_t attr, int userns_fd, struct ctr_error *err);
/* lock.c: replaces each fd by a clone whose flags the owner of userns_fd cannot clear. */
int ctr_rootfs_lock(struct ctr_rootfs_fds *fds, int userns_fd, struct ctr_error *err);

/* The state of enter while it builds. */
struct ctr_build {
	const struct ctr_mount_plan *plan;
	const struct ctr_rootfs_fds *fds;
	size_t next_fd;
	int rootfd; /* the new root, attached */
	int devfd;  /* the container's /dev once it is mounted, else -1 */
	int ptsfd;  /* its devpts, else -1 */
};
/* attach.c: carries out one line of the plan, except MASK and READONLY. */
int ctr_build_attach(struct ctr_build *build, const struct ctr_mount *mount, struct ctr_error *err);
/* A new file system as a detached mount; data is "key=value,flag". The text of err names fs and
 * target. */
int ctr_fs_mount(const char *fs, const char *data, uint64_t attr, const char *target,
		 struct ctr_error *err);
/* move_mount(2) by two fds. */
int ctr_tree_attach(int treefd, int targetfd, const char *target, struct ctr_error *err);

#endif
