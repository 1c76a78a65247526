/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan as text, for golden tests and for people who debug one. Pure. */
#include <string.h>

#include "rootfs/rootfs_int.h"

static const char *const kind_names[] = {
	[CTR_MOUNT_BIND] = "bind",       [CTR_MOUNT_TMPFS] = "tmpfs",
	[CTR_MOUNT_PROC] = "proc",       [CTR_MOUNT_SYSFS] = "sysfs",
	[CTR_MOUNT_DEVPTS] = "devpts",   [CTR_MOUNT_MQUEUE] = "mqueue",
	[CTR_MOUNT_CGROUP2] = "cgroup2", [CTR_MOUNT_DIR] = "dir",
	[CTR_MOUNT_SYMLINK] = "symlink", [CTR_MOUNT_FILE] = "file",
	[CTR_MOUNT_MASK] = "mask",       [CTR_MOUNT_READONLY] = "readonly",
};

static const struct {
	uint64_t bit;
	const char *name;
} attr_names[] = {
	{ MOUNT_ATTR_RDONLY, "ro" },
	{ MOUNT_ATTR_NOSUID, "nosuid" },
	{ MOUNT_ATTR_NODEV, "nodev" },
	{ MOUNT_ATTR_NOEXEC, "noexec" },
};

/* The content of a file, one line each behind a bar. */
static void dump_text(const char *text, struct ctr_buf *buf)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		ctr_buf_puts(buf, "  | ");
		ctr_buf_add(buf, text, len);
		ctr_buf_puts(buf, "\n");
		text += len + (text[len] == '\n');
	}
}

static void dump_mount(const struct ctr_mount *mount, struct ctr_buf *buf)
{
	ctr_buf_printf(buf, "%s %s", kind_names[mount->kind], mount->target);
	if (mount->source && mount->kind != CTR_MOUNT_FILE)
		ctr_buf_printf(buf, " <- %s", mount->source);
	for (size_t i = 0; i < CTR_ARRAY_LEN(attr_names); i++)
		if (mount->attr & attr_names[i].bit)
			ctr_buf_printf(buf, " %s", attr_names[i].name);
	if (mount->data)
		ctr_buf_printf(buf, " [%s]", mount->data);
	if (mount->idmap)
		ctr_buf_puts(buf, " idmap");
	if (mount->nolink)
		ctr_buf_puts(buf, " nolink");
	if (mount->optional)
		ctr_buf_puts(buf, " optional");
	ctr_buf_puts(buf, "\n");
	if (mount->kind == CTR_MOUNT_FILE)
		dump_text(mount->source, buf);
}

int ctr_mount_plan_dump(const struct ctr_mount_plan *plan, struct ctr_buf *ret_text,
			struct ctr_error *err)
{
	ctr_buf_printf(ret_text, "root %s%s%s%s%s\n",
		       plan->kind == CTR_ROOTFS_PATH ? plan->root : "(new tmpfs)",
		       plan->readonly ? " ro" : "", plan->userns ? " userns" : "",
		       plan->lock ? " lock" : "", plan->terminal ? " terminal" : "");
	for (size_t i = 0; i < plan->n_mounts; i++)
		dump_mount(&plan->mounts[i], ret_text);
	return ctr_buf_check(ret_text, err);
}
