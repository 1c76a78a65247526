/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kind HOST: the root is a new tmpfs that shows the listed paths of the host read-only, so that the
 * host's own packages run without an image. Around them a skeleton is made: the links of a merged
 * /usr, the directories that programs expect, a minimal /etc. Runs in the CLI process or the
 * monitor; reads trusted files of the host.
 */
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "common/path.h"
#include "common/strv.h"
#include "rootfs/rootfs_int.h"

static const struct {
	const char *path, *mode;
} skeleton[] = {
	{ "/etc", "755" },       { "/home", "755" },      { "/mnt", "755" },
	{ "/opt", "755" },       { "/root", "700" },      { "/run", "755" },
	{ "/run/lock", "1777" }, { "/srv", "755" },       { "/tmp", "1777" },
	{ "/var", "755" },       { "/var/cache", "755" }, { "/var/lib", "755" },
	{ "/var/log", "755" },   { "/var/spool", "755" }, { "/var/tmp", "1777" },
};

static const struct {
	const char *path, *text;
} fixed_links[] = {
	{ "/var/run", "../run" },
	{ "/var/lock", "../run/lock" },
};

static const char *const merged[] = { "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32" };

/* World-readable and harmless; programs of the host's /usr look for them. */
static const char *const useful[] = { "/etc/alternatives", "/etc/ld.so.cache", "/etc/protocols",
				      "/etc/services" };

static bool shown(const struct ctr_rootfs_spec *spec, const char *path)
{
	for (size_t i = 0; spec->host_paths && spec->host_paths[i]; i++)
		if (ctr_path_below(path, spec->host_paths[i]))
			return true;
	return false;
}

static bool on_host(const char *host_dir, const char *path, char full[static PATH_MAX],
		    struct stat *ret_st)
{
	return snprintf(full, PATH_MAX, "%s%s", host_dir, path) < PATH_MAX &&
	       lstat(full, ret_st) == 0;
}

static int add_link(struct ctr_mount_plan *plan, const char *path, const char *text,
		    struct ctr_error *err)
{
	return ctr_plan_add(plan, CTR_MOUNT_SYMLINK, text, path, err) ? 0 : -1;
}

/* The text of the host's link, when it is one; 0 when it is none. */
static ssize_t host_link(const char *host_dir, const char *path, char text[static PATH_MAX])
{
	char full[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (!on_host(host_dir, path, full, &st) || !S_ISLNK(st.st_mode))
		return 0;
	n = readlink(full, text, PATH_MAX - 1);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	return n;
}

static int add_links(struct ctr_mount_plan *plan, const struct ctr_rootfs_spec *spec,
		     const char *host_dir, struct ctr_error *err)
{
	char text[PATH_MAX];

	for (size_t i = 0; i < CTR_ARRAY_LEN(merged); i++) {
		const char *to = text;

		if (!shown(spec, "/usr") || shown(spec, merged[i]) ||
		    host_link(host_dir, merged[i], text) == 0)
			continue;
		if (*to == '/')
			to++;
		if (ctr_path_below(to, "usr") && add_link(plan, merged[i], to, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < CTR_ARRAY_LEN(fixed_links); i++)
		if (!shown(spec, fixed_links[i].path) &&
		    add_link(plan, fixed_links[i].path, fixed_links[i].text, err) < 0)
			return -1;
	if (shown(spec, "/usr") && !shown(spec, "/etc/os-release") &&
	    add_link(plan, "/etc/os-release", "../usr/lib/os-release", err) < 0)
		return -1;
	if (!shown(spec, "/etc/localtime") && host_link(host_dir, "/etc/localtime", text) > 0 &&
	    add_link(plan, "/etc/localtime", text, err) < 0)
		return -1;
	return 0;
}

static int add_dirs(struct ctr_mount_plan *plan, const struct ctr_rootfs_spec *spec,
		    struct ctr_error *err)
{
	for (size_t i = 0; i < CTR_ARRAY_LEN(skeleton); i++) {
		struct ctr_mount *mount;

		if (shown(spec, skeleton[i].path))
			continue;
		mount = ctr_plan_add(plan, CTR_MOUNT_DIR, NULL, skeleton[i].path, err);
		if (!mount || ctr_plan_data(mount, err, "%s", skeleton[i].mode) < 0)
			return -1;
	}
	return 0;
}

static int add_bind(struct ctr_mount_plan *plan, const char *path, bool idmap,
		    struct ctr_error *err)
{
	struct ctr_mount *mount = ctr_plan_add(plan, CTR_MOUNT_BIND, path, path, err);

	if (!mount)
		return -1;
	mount->attr = CTR_ATTR_DATA | MOUNT_ATTR_RDONLY;
	mount->idmap = idmap;
	return 0;
}

/* By the number of components, so that /usr comes before /usr/local whatever the order in the list.
 */
static int add_paths(struct ctr_mount_plan *plan, const struct ctr_rootfs_spec *spec,
		     struct ctr_error *err)
{
	size_t n = ctr_strv_len(spec->host_paths), left = n;

	if (n == 0)
		return ctr_err_set(err, CTR_E_SPEC, "no path of the host is listed");
	for (size_t i = 0; i < n; i++) {
		const char *why = ctr_rootfs_target_problem(spec->host_paths[i]);

		if (why)
			return ctr_err_set(err, CTR_E_SPEC, "host path %s: %s", spec->host_paths[i],
					   why);
	}
	for (size_t level = 1; left > 0; level++) {
		for (size_t i = 0; i < n; i++) {
			size_t depth = 0;

			for (const char *p = spec->host_paths[i]; *p; p++)
				depth += *p == '/';
			if (depth != level)
				continue;
			left--;
			if (!ctr_plan_has(plan, spec->host_paths[i]) &&
			    add_bind(plan, spec->host_paths[i], true, err) < 0)
				return -1;
		}
	}
	return 0;
}

int ctr_plan_host(struct ctr_mount_plan *plan, const struct ctr_rootfs_spec *spec,
		  const struct ctr_rootfs_context *context, const char *host_dir,
		  struct ctr_error *err)
{
	char full[PATH_MAX];
	struct stat st;

	/* The skeleton is made first: what the host shows below it is mounted over. */
	if (add_dirs(plan, spec, err) < 0)
		return -1;
	if (!shown(spec, "/etc")) {
		if (add_links(plan, spec, host_dir, err) < 0 ||
		    ctr_plan_accounts(plan, context, host_dir, err) < 0)
			return -1;
		for (size_t i = 0; i < CTR_ARRAY_LEN(useful); i++)
			if (!shown(spec, useful[i]) && on_host(host_dir, useful[i], full, &st) &&
			    add_bind(plan, useful[i], false, err) < 0)
				return -1;
	} else if (add_links(plan, spec, host_dir, err) < 0) {
		return -1;
	}
	return add_paths(plan, spec, err);
}
