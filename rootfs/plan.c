/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decides which mounts make the container's files, and in which order: the kernel's file systems
 * and /dev, the host's paths (kind HOST), the user's tmpfs and volumes with parents before
 * children, the generated files of /etc, and last what is hidden or made read-only. Runs in the CLI
 * process or the monitor; needs no privilege.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/path.h"
#include "common/strv.h"
#include "rootfs/rootfs_int.h"

static void mount_done(struct ctr_mount *mount)
{
	free(mount->source);
	free(mount->target);
	free(mount->data);
}

void ctr_mount_plan_done(struct ctr_mount_plan *plan)
{
	for (size_t i = 0; i < plan->n_mounts; i++)
		mount_done(&plan->mounts[i]);
	free(plan->mounts);
	free(plan->root);
	*plan = (struct ctr_mount_plan){ 0 };
}

struct ctr_mount *ctr_plan_add(struct ctr_mount_plan *plan, enum ctr_mount_kind kind,
			       const char *source, const char *target, struct ctr_error *err)
{
	struct ctr_mount mount = { .kind = kind };

	/* Grown by blocks of 32: the number is a multiple of it exactly when the array is full. */
	if (plan->n_mounts % 32 == 0) {
		void *grown = realloc(plan->mounts, (plan->n_mounts + 32) * sizeof(*plan->mounts));

		if (!grown) {
			(void)ctr_err_nomem(err);
			return NULL;
		}
		plan->mounts = grown;
	}
	mount.source = source ? strdup(source) : NULL;
	mount.target = strdup(target);
	if (!mount.target || (source && !mount.source)) {
		mount_done(&mount);
		(void)ctr_err_nomem(err);
		return NULL;
	}
	plan->mounts[plan->n_mounts] = mount;
	return &plan->mounts[plan->n_mounts++];
}

int ctr_plan_data(struct ctr_mount *mount, struct ctr_error *err, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&mount->data, fmt, ap);
	va_end(ap);
	if (n >= 0)
		return 0;
	mount->data = NULL;
	return ctr_err_nomem(err);
}

bool ctr_plan_has(const struct ctr_mount_plan *plan, const char *target)
{
	for (size_t i = 0; i < plan->n_mounts; i++)
		if (!strcmp(plan->mounts[i].target, target))
			return true;
	return false;
}

static int add_volume(struct ctr_mount_plan *plan, const struct ctr_rootfs_volume *volume,
		      struct ctr_error *err)
{
	const char *why = ctr_rootfs_target_problem(volume->target);
	struct ctr_mount *mount;

	if (why)
		return ctr_err_set(err, CTR_E_SPEC, "volume %s: %s", volume->target, why);
	if (!ctr_path_is_clean(volume->source))
		return ctr_err_set(
			err, CTR_E_SPEC,
			"volume %s: the source must be an absolute path without '.' and '..'",
			volume->source);
	mount = ctr_plan_add(plan, CTR_MOUNT_BIND, volume->source, volume->target, err);
	if (!mount)
		return -1;
	mount->attr = CTR_ATTR_DATA | (volume->readonly ? MOUNT_ATTR_RDONLY : 0);
	mount->idmap = true;
	return 0;
}

static int add_tmpfs(struct ctr_mount_plan *plan, const struct ctr_rootfs_tmpfs *tmpfs,
		     struct ctr_error *err)
{
	const char *why = ctr_rootfs_target_problem(tmpfs->target);
	bool shared = !strcmp(tmpfs->target, "/tmp") || !strcmp(tmpfs->target, "/var/tmp") ||
		      !strcmp(tmpfs->target, "/dev/shm");
	uint32_t mode = tmpfs->mode ? tmpfs->mode : shared ? 01777 : 0755;
	struct ctr_mount *mount;

	if (why)
		return ctr_err_set(err, CTR_E_SPEC, "tmpfs %s: %s", tmpfs->target, why);
	mount = ctr_plan_add(plan, CTR_MOUNT_TMPFS, NULL, tmpfs->target, err);
	if (!mount)
		return -1;
	mount->attr = CTR_ATTR_DATA;
	return ctr_plan_data(
		mount, err, "size=%llu,mode=%o",
		(unsigned long long)(tmpfs->size ? tmpfs->size : CTR_TMPFS_DEFAULT_SIZE), mode);
}

static size_t depth(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* Parents before children, else as given: an insertion sort, because it is stable and the lists are
 * short. */
static void sort_by_depth(struct ctr_mount *mounts, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct ctr_mount mount = mounts[i];
		size_t j = i;

		for (; j > 0 && depth(mounts[j - 1].target) > depth(mount.target); j--)
			mounts[j] = mounts[j - 1];
		mounts[j] = mount;
	}
}

static int add_user_mounts(struct ctr_mount_plan *plan, const struct ctr_rootfs_spec *spec,
			   struct ctr_error *err)
{
	size_t first = plan->n_mounts;

	for (size_t i = 0; i < spec->n_tmpfs; i++)
		if (add_tmpfs(plan, &spec->tmpfs[i], err) < 0)
			return -1;
	for (size_t i = 0; i < spec->n_volumes; i++)
		if (add_volume(plan, &spec->volumes[i], err) < 0)
			return -1;
	for (size_t i = first; i < plan->n_mounts; i++)
		for (size_t j = i + 1; j < plan->n_mounts; j++)
			if (!strcmp(plan->mounts[i].target, plan->mounts[j].target))
				return ctr_err_set(err, CTR_E_SPEC,
						   "%s is the target of two volumes or tmpfs",
						   plan->mounts[i].target);
	sort_by_depth(plan->mounts + first, plan->n_mounts - first);
	return 0;
}

/*
 * A file that ctr generates lies over the container's own. Not id-mapped: its owner on the host is
 * then nobody in the container, whose root cannot write it even if it could remount it.
 */
static int add_generated(struct ctr_mount_plan *plan, const struct ctr_rootfs_context *context,
			 const char *source, const char *target, struct ctr_error *err)
{
	struct ctr_mount *mount;

	if (!source || ctr_plan_has(plan, target))
		return 0;
	/* With the host's network they are the host's own files, which a host may lack. */
	if (!context->own_network && access(source, F_OK) < 0)
		return 0;
	mount = ctr_plan_add(plan, CTR_MOUNT_BIND, source, target, err);
	if (!mount)
		return -1;
	mount->attr = CTR_ATTR_API | MOUNT_ATTR_RDONLY;
	mount->optional = true;
	return 0;
}

static int add_etc(struct ctr_mount_plan *plan, const struct ctr_rootfs_context *context,
		   struct ctr_error *err)
{
	_cleanup_free_ char *text = NULL;
	struct ctr_mount *mount;

	if (add_generated(plan, context, context->resolv_conf, "/etc/resolv.conf", err) < 0 ||
	    add_generated(plan, context, context->hosts, "/etc/hosts", err) < 0)
		return -1;
	if (!context->hostname || ctr_plan_has(plan, "/etc/hostname"))
		return 0;
	if (asprintf(&text, "%s\n", context->hostname) < 0) {
		text = NULL;
		return ctr_err_nomem(err);
	}
	mount = ctr_plan_add(plan, CTR_MOUNT_FILE, text, "/etc/hostname", err);
	if (!mount)
		return -1;
	mount->optional = true;
	return 0;
}

static int check(const struct ctr_mount_plan *plan, struct ctr_error *err)
{
	size_t n = plan->kind == CTR_ROOTFS_PATH;

	for (size_t i = 0; i < plan->n_mounts; i++)
		n += plan->mounts[i].kind == CTR_MOUNT_BIND;
	if (n > CTR_ROOTFS_MAX_FDS)
		return ctr_err_set(err, CTR_E_SPEC,
				   "%zu host paths, volumes and devices; at most %d fit", n,
				   CTR_ROOTFS_MAX_FDS);
	return 0;
}

static int make_plan(const struct ctr_rootfs_spec *spec, const struct ctr_rootfs_context *context,
		     const char *host_dir, struct ctr_mount_plan *plan, struct ctr_error *err)
{
	if (spec->kind == CTR_ROOTFS_PATH) {
		if (!spec->path || !ctr_path_is_clean(spec->path) || !strcmp(spec->path, "/"))
			return ctr_err_set(err, CTR_E_SPEC,
					   "the root must be an absolute path other than /");
		plan->root = strdup(spec->path);
		if (!plan->root)
			return ctr_err_nomem(err);
	} else if (spec->kind == CTR_ROOTFS_HOST) {
		if (ctr_plan_host(plan, spec, context, host_dir, err) < 0)
			return -1;
	} else {
		return ctr_err_set(err, CTR_E_SPEC, "no root file system is given");
	}
	if (ctr_plan_kernel(plan, spec, context, err) < 0 || add_user_mounts(plan, spec, err) < 0 ||
	    add_etc(plan, context, err) < 0 || ctr_plan_seal(plan, context, err) < 0)
		return -1;
	return check(plan, err);
}

int ctr_rootfs_plan_at(const struct ctr_rootfs_spec *spec, const struct ctr_rootfs_context *context,
		       const char *host_dir, struct ctr_mount_plan *ret_plan, struct ctr_error *err)
{
	struct ctr_mount_plan plan = {
		.kind = spec->kind,
		.readonly = spec->readonly,
		.userns = context->userns,
		.terminal = context->terminal,
		.lock = context->userns && context->may_mount,
	};

	if (make_plan(spec, context, host_dir, &plan, err) < 0) {
		ctr_mount_plan_done(&plan);
		return -1;
	}
	*ret_plan = plan;
	return 0;
}

int ctr_rootfs_plan(const struct ctr_rootfs_spec *spec, const struct ctr_rootfs_context *context,
		    struct ctr_mount_plan *ret_plan, struct ctr_error *err)
{
	return ctr_rootfs_plan_at(spec, context, "", ret_plan, err);
}
