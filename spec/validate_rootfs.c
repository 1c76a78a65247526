/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules of the files: one kind of root; what may be mounted where, and nothing twice. Pure; any
 * process. That the sources exist is found at the start, when they are opened.
 */
#include <string.h>

#include "common/strv.h"
#include "spec/tables.h"

#define MAX_SOURCES 128

static void check_kind(const struct ctr_doc_node *root, struct ctr_problems *problems)
{
	static const char *const kinds[] = { "path", "host", "image" };
	const struct ctr_doc_node *rootfs = ctr_doc_get(root, "rootfs"), *first = NULL;

	if (!rootfs || rootfs->kind != CTR_DOC_MAP)
		return;
	for (size_t i = 0; i < CTR_ARRAY_LEN(kinds); i++) {
		const struct ctr_doc_node *node = ctr_doc_get(rootfs, kinds[i]);

		if (!node)
			continue;
		/* An image is refused by its name already. */
		if (first && strcmp(kinds[i], "image") != 0)
			ctr_problems_add(
				problems, node->key->line, node->key->column,
				"rootfs: '%s' beside '%s'; use exactly one of path and host",
				kinds[i], first->key->text);
		else if (!first)
			first = node;
	}
	if (!first)
		ctr_problems_add(problems, rootfs->line, rootfs->column,
				 "rootfs: neither 'path' nor 'host'; use exactly one of them");
}

const char *ctr_spec_source_fault(const char *path)
{
	if (!ctr_spec_is_clean(path))
		return "the host's path is not clean and absolute; begin with '/', without '.' or "
		       "'..' parts";
	if (!strcmp(path, "/"))
		return "it would give all of the host; name a directory";
	if (ctr_spec_is_below(path, "/proc") || ctr_spec_is_below(path, "/sys") ||
	    !strcmp(path, "/dev"))
		return "the host's /proc, /sys and /dev stay outside; the container has its own";
	/* The control sockets and locks of every container are there. */
	if (ctr_spec_is_below(path, "/run/ctr") || ctr_spec_is_below(path, "/var/run/ctr"))
		return "the runtime's own directory stays outside; remove it";
	return NULL;
}

const char *ctr_spec_target_fault(const char *path)
{
	static const char *const below_dev[] = { "/dev/shm", "/dev/log", "/dev/hugepages" };

	if (!ctr_spec_is_clean(path))
		return "the container's path is not clean and absolute; begin with '/', without "
		       "'.' or '..' parts";
	if (!strcmp(path, "/"))
		return "it would hide the root; use 'rootfs'";
	if (ctr_spec_is_below(path, "/proc") || ctr_spec_is_below(path, "/sys"))
		return "nothing is mounted over /proc and /sys; use another place";
	if (!ctr_spec_is_below(path, "/dev"))
		return NULL;
	for (size_t i = 0; i < CTR_ARRAY_LEN(below_dev); i++)
		if (!strcmp(path, below_dev[i]))
			return NULL;
	return "below /dev only /dev/shm, /dev/log and /dev/hugepages can be mounted; use "
	       "'devices' for nodes";
}

/* What is mounted at target already, by the first n volumes, tmpfs or the host's paths; NULL:
 * nothing. */
static const char *taken_by(const struct ctr_spec *spec, size_t n_volumes, size_t n_tmpfs,
			    const char *target)
{
	const struct ctr_rootfs_spec *rootfs = &spec->rootfs;

	for (size_t i = 0; rootfs->host_paths && rootfs->host_paths[i]; i++)
		if (!strcmp(rootfs->host_paths[i], target))
			return "rootfs.host";
	for (size_t i = 0; i < n_volumes; i++)
		if (!strcmp(rootfs->volumes[i].target, target))
			return "volumes";
	for (size_t i = 0; i < n_tmpfs; i++)
		if (!strcmp(rootfs->tmpfs[i].target, target))
			return "tmpfs";
	return NULL;
}

/* The item that an element of the array came from; the list itself when some items were refused. */
static const struct ctr_doc_node *item_of(const struct ctr_doc_node *list, size_t n, size_t i)
{
	return list->kind == CTR_DOC_LIST && list->n == n ? ctr_doc_item(list, i) : list;
}

static void check_target(const struct ctr_doc_node *item, const struct ctr_spec *spec,
			 size_t n_volumes, size_t n_tmpfs, const char *target,
			 struct ctr_problems *problems)
{
	const char *taken = taken_by(spec, n_volumes, n_tmpfs, target);
	char quoted[64];

	if (taken)
		ctr_schema_problem(problems, item,
				   "'%s' is mounted by %s already; use another place",
				   ctr_problem_quote(target, quoted), taken);
}

static void check_mounts(const struct ctr_doc_node *root, const struct ctr_spec *spec,
			 struct ctr_problems *problems)
{
	const struct ctr_doc_node *volumes = ctr_doc_get(root, "volumes"),
				  *tmpfs = ctr_doc_get(root, "tmpfs");
	const struct ctr_rootfs_spec *rootfs = &spec->rootfs;

	for (size_t i = 0; volumes && i < rootfs->n_volumes; i++)
		check_target(item_of(volumes, rootfs->n_volumes, i), spec, i, 0,
			     rootfs->volumes[i].target, problems);
	for (size_t i = 0; tmpfs && i < rootfs->n_tmpfs; i++)
		check_target(item_of(tmpfs, rootfs->n_tmpfs, i), spec, rootfs->n_volumes, i,
			     rootfs->tmpfs[i].target, problems);
}

/* The same path twice in a list of texts. */
static void check_twice(const struct ctr_doc_node *list, struct ctr_problems *problems)
{
	if (!list || list->kind != CTR_DOC_LIST || list->n > 4096)
		return;
	for (const struct ctr_doc_node *item = list->first; item; item = item->next) {
		for (const struct ctr_doc_node *before = list->first; before != item;
		     before = before->next) {
			char quoted[64];

			if (item->kind != CTR_DOC_TEXT || before->kind != CTR_DOC_TEXT ||
			    strcmp(item->text, before->text) != 0)
				continue;
			ctr_schema_problem(problems, item,
					   "'%s' is given twice; remove one of them",
					   ctr_problem_quote(item->text, quoted));
			break;
		}
	}
}

void ctr_spec_validate_rootfs(const struct ctr_doc_node *root, const struct ctr_spec *spec,
			      struct ctr_problems *problems)
{
	check_kind(root, problems);
	check_mounts(root, spec, problems);
	check_twice(ctr_doc_get(ctr_doc_get(root, "rootfs"), "host"), problems);
	check_twice(ctr_doc_get(root, "devices"), problems);
	/* Each is a file descriptor that goes to init in one message (CTR_ROOTFS_MAX_FDS). */
	if (spec->rootfs.n_volumes + ctr_strv_len(spec->rootfs.host_paths) +
		    ctr_strv_len(spec->rootfs.devices) >
	    MAX_SOURCES)
		ctr_schema_problem(problems, root,
				   "more than %d volumes, paths of rootfs.host and devices in all; "
				   "use fewer",
				   MAX_SOURCES);
	if (spec->rootfs.n_tmpfs > MAX_SOURCES)
		ctr_schema_problem(problems, root, "more than %d tmpfs; use fewer", MAX_SOURCES);
}
