/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files' part of the specification: its life, and the short forms of volumes and tmpfs. Pure;
 * any process. */
#include <string.h>

#include "common/parse.h"
#include "common/path.h"
#include "common/strv.h"
#include "rootfs/rootfs_int.h"

void ctr_rootfs_spec_init(struct ctr_rootfs_spec *spec)
{
	*spec = (struct ctr_rootfs_spec){ .kind = CTR_ROOTFS_NONE };
}

void ctr_rootfs_spec_done(struct ctr_rootfs_spec *spec)
{
	free(spec->path);
	ctr_strv_free(spec->host_paths);
	for (size_t i = 0; i < spec->n_volumes; i++) {
		free(spec->volumes[i].source);
		free(spec->volumes[i].target);
	}
	free(spec->volumes);
	for (size_t i = 0; i < spec->n_tmpfs; i++)
		free(spec->tmpfs[i].target);
	free(spec->tmpfs);
	ctr_strv_free(spec->devices);
	ctr_rootfs_spec_init(spec);
}

bool ctr_path_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && (path[len] == '\0' || path[len] == '/');
}

const char *ctr_rootfs_target_problem(const char *target)
{
	if (!ctr_path_is_clean(target))
		return "the target must be an absolute path without '.' and '..'";
	if (!strcmp(target, "/"))
		return "the target may not be the root itself";
	if (ctr_path_below(target, "/proc"))
		return "the target may not be in /proc";
	if (!strcmp(target, "/dev") || !strcmp(target, "/sys"))
		return "/dev and /sys are made by ctr";
	if (ctr_path_below(target, "/sys/fs/cgroup") || ctr_path_below(target, "/dev/pts"))
		return "/sys/fs/cgroup and /dev/pts are made by ctr";
	return NULL;
}

/* A copy of the first len bytes without doubled and trailing slashes. */
static char *tidy(const char *path, size_t len)
{
	char *copy = malloc(len + 1);
	size_t n = 0;

	if (!copy)
		return NULL;
	for (size_t i = 0; i < len; i++)
		if (path[i] != '/' || n == 0 || copy[n - 1] != '/')
			copy[n++] = path[i];
	if (n > 1 && copy[n - 1] == '/')
		n--;
	copy[n] = '\0';
	return copy;
}

bool ctr_rootfs_volume_parse(const char *text, struct ctr_rootfs_volume *ret_volume,
			     const char **ret_why)
{
	_cleanup_free_ char *source = NULL, *target = NULL;
	const char *colon = strchr(text, ':');
	const char *end = colon ? strchrnul(colon + 1, ':') : NULL;
	bool readonly = false;

	*ret_why = "a volume is SOURCE:TARGET or SOURCE:TARGET:ro";
	if (!colon || colon == text || end == colon + 1)
		return false;
	if (*end) {
		if (!strcmp(end, ":ro"))
			readonly = true;
		else if (strcmp(end, ":rw"))
			return false;
	}
	source = tidy(text, (size_t)(colon - text));
	target = tidy(colon + 1, (size_t)(end - colon - 1));
	if (!source || !target) {
		*ret_why = "out of memory";
		return false;
	}
	if (!ctr_path_is_clean(source)) {
		*ret_why = "the source must be an absolute path without '.' and '..'";
		return false;
	}
	*ret_why = ctr_rootfs_target_problem(target);
	if (*ret_why)
		return false;
	*ret_volume = (struct ctr_rootfs_volume){
		.source = CTR_TAKE_PTR(source),
		.target = CTR_TAKE_PTR(target),
		.readonly = readonly,
	};
	return true;
}

/* "0750": one to four octal digits with an optional leading zero, not 0. */
static bool parse_mode(const char *text, uint32_t *ret_mode)
{
	uint32_t mode = 0;
	size_t len = strlen(text);

	if (len < 3 || len > 5 || strspn(text, "01234567") != len)
		return false;
	for (; *text; text++)
		mode = mode << 3 | (uint32_t)(*text - '0');
	if (mode == 0 || mode > 07777)
		return false;
	*ret_mode = mode;
	return true;
}

static bool parse_tmpfs_option(const char *option, struct ctr_rootfs_tmpfs *tmpfs,
			       const char **ret_why)
{
	if (!strncmp(option, "size=", 5)) {
		*ret_why = "size is a number of bytes such as 16M, at least 4K";
		return tmpfs->size == 0 && ctr_parse_size(option + 5, &tmpfs->size) &&
		       tmpfs->size >= 4096;
	}
	if (!strncmp(option, "mode=", 5)) {
		*ret_why = "mode is octal such as 0750";
		return tmpfs->mode == 0 && parse_mode(option + 5, &tmpfs->mode);
	}
	*ret_why = "a tmpfs has the options size and mode";
	return false;
}

bool ctr_rootfs_tmpfs_parse(const char *text, struct ctr_rootfs_tmpfs *ret_tmpfs,
			    const char **ret_why)
{
	const char *colon = strchrnul(text, ':');
	_cleanup_free_ char *options = NULL;
	_cleanup_free_ char *target = tidy(text, (size_t)(colon - text));
	struct ctr_rootfs_tmpfs tmpfs = { 0 };
	char *rest, *option;

	options = strdup(*colon ? colon + 1 : "");
	*ret_why = "out of memory";
	if (!target || !options)
		return false;
	*ret_why = ctr_rootfs_target_problem(target);
	if (*ret_why)
		return false;
	rest = *colon ? options : NULL;
	while ((option = strsep(&rest, ",")))
		if (!parse_tmpfs_option(option, &tmpfs, ret_why))
			return false;
	tmpfs.target = CTR_TAKE_PTR(target);
	*ret_tmpfs = tmpfs;
	return true;
}
