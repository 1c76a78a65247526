/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The specification's life: text -> tree -> profile's defaults -> values -> rules -> the struct
 * that everybody else reads. Any process, no privilege. The struct of a spec with problems is never
 * handed out.
 */
#include "spec/spec.h"

#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "common/fd.h"
#include "common/strv.h"
#include "spec/tables.h"

const struct ctr_schema_key *const ctr_spec_tables[] = { ctr_keys_process,
							 ctr_keys_rootfs,
							 ctr_keys_resources,
							 ctr_keys_network,
							 ctr_keys_security,
							 ctr_keys_life,
							 NULL };

void ctr_spec_init(struct ctr_spec *spec)
{
	*spec = (struct ctr_spec){ .stop_signal = SIGTERM,
				   .stop_timeout_usec = 10000000,
				   .restart_delay_usec = 1000000 };
	ctr_rootfs_spec_init(&spec->rootfs);
	ctr_cg_spec_init(&spec->cgroup);
	ctr_net_spec_init(&spec->net);
	ctr_sec_spec_init(&spec->sec);
}

void ctr_spec_done(struct ctr_spec *spec)
{
	free(spec->name);
	free(spec->hostname);
	free(spec->working_dir);
	ctr_strv_free(spec->labels);
	ctr_strv_free(spec->command);
	ctr_strv_free(spec->environment);
	spec->name = spec->hostname = spec->working_dir = NULL;
	spec->labels = spec->command = spec->environment = NULL;
	ctr_rootfs_spec_done(&spec->rootfs);
	ctr_cg_spec_done(&spec->cgroup);
	ctr_net_spec_done(&spec->net);
	ctr_sec_spec_done(&spec->sec);
}

/* The profile decides defaults, so it is looked at before everything else; a wrong word is reported
 * in its turn. */
static void apply_profile(const struct ctr_doc_node *root, struct ctr_spec *spec)
{
	const struct ctr_doc_node *node = ctr_doc_get(root, "profile");
	bool service = node && node->kind == CTR_DOC_TEXT && !strcmp(node->text, "service");

	spec->sec.profile = service ? CTR_SEC_SERVICE : CTR_SEC_APP;
	spec->sec.userns = true;
	spec->sec.no_new_privs = true;
	spec->rootfs.readonly = service;
	spec->net.mode = CTR_NET_NONE;
}

/* A container's name as a host name: '_' and dots that would leave an empty label become hyphens.
 */
static char *hostname_of(const char *name)
{
	char *host = strdup(name);
	size_t len = host ? strlen(host) : 0;

	for (size_t i = 0; i < len; i++) {
		bool inner_dot = host[i] == '.' && i > 0 && isalnum((unsigned char)host[i - 1]) &&
				 isalnum((unsigned char)host[i + 1]);

		if (!isalnum((unsigned char)host[i]) && !inner_dot)
			host[i] = '-';
	}
	while (len > 1 && host[len - 1] == '-')
		host[--len] = '\0';
	return host;
}

static bool covered(const struct ctr_rootfs_spec *rootfs, const char *target)
{
	for (size_t i = 0; i < rootfs->n_volumes; i++)
		if (ctr_spec_is_below(target, rootfs->volumes[i].target))
			return true;
	for (size_t i = 0; i < rootfs->n_tmpfs; i++)
		if (!strcmp(target, rootfs->tmpfs[i].target))
			return true;
	return false;
}

/*
 * The writable places that programs take for granted, where the root is not theirs to write: in
 * front of those of the spec, so that /run is there before /run/named.
 */
static void add_tmpfs(struct ctr_rootfs_spec *rootfs, struct ctr_problems *problems)
{
	static const char *const targets[] = { "/var/tmp", "/tmp", "/run" };

	for (size_t i = 0; i < CTR_ARRAY_LEN(targets); i++) {
		char *target;

		if (covered(rootfs, targets[i]))
			continue;
		target = strdup(targets[i]);
		if (!target || !ctr_schema_grow((void **)&rootfs->tmpfs, &rootfs->n_tmpfs,
						sizeof(*rootfs->tmpfs), problems)) {
			problems->nomem = true;
			free(target);
			return;
		}
		memmove(rootfs->tmpfs + 1, rootfs->tmpfs,
			(rootfs->n_tmpfs - 1) * sizeof(*rootfs->tmpfs));
		rootfs->tmpfs[0] = (struct ctr_rootfs_tmpfs){ .target = target };
	}
}

static void fill_defaults(struct ctr_spec *spec, struct ctr_problems *problems)
{
	if (!spec->hostname && spec->name)
		spec->hostname = hostname_of(spec->name);
	if (!spec->working_dir)
		spec->working_dir = strdup("/");
	if ((spec->name && !spec->hostname) || !spec->working_dir ||
	    (spec->net.mode == CTR_NET_BRIDGE && !spec->net.bridge))
		problems->nomem = true;
	if (spec->sec.profile == CTR_SEC_SERVICE || spec->rootfs.kind == CTR_ROOTFS_HOST)
		add_tmpfs(&spec->rootfs, problems);
}

void ctr_spec_bind(const struct ctr_doc_node *root, struct ctr_spec *spec,
		   struct ctr_problems *problems)
{
	apply_profile(root, spec);
	ctr_schema_bind(ctr_spec_tables, root, spec, problems);
	if (root->kind != CTR_DOC_MAP)
		return;
	ctr_spec_validate(root, spec, problems);
	fill_defaults(spec, problems);
}

int ctr_spec_read_text(const char *source, const char *text, size_t len, struct ctr_spec *ret_spec,
		       struct ctr_buf *ret_problems, struct ctr_error *err)
{
	struct ctr_problems problems = { .source = source, .text = text, .len = len };
	struct ctr_doc doc = { 0 };
	struct ctr_spec spec;
	int rc;

	ctr_spec_init(&spec);
	if (ctr_doc_read(&doc, text, len, &problems))
		ctr_spec_bind(doc.root, &spec, &problems);
	rc = ctr_problems_finish(&problems, ret_problems, err);
	if (rc == 0) {
		ctr_spec_done(ret_spec);
		*ret_spec = spec;
	} else {
		ctr_spec_done(&spec);
	}
	ctr_doc_done(&doc);
	ctr_problems_done(&problems);
	return rc;
}

int ctr_spec_read_file(const char *path, struct ctr_spec *ret_spec, struct ctr_buf *ret_problems,
		       struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0) {
		(void)ctr_err_sys(err, "open %s", path);
		if (err->sys_errno == ENOENT)
			err->code = CTR_E_NOTFOUND;
		return -1;
	}
	if (ctr_fd_read_all(fd, CTR_DOC_MAX_BYTES, &text, err) < 0) {
		if (err->sys_errno != EFBIG)
			return ctr_err_wrap(err, "%s", path);
		ctr_buf_printf(ret_problems,
			       "%s:1:1: the document is larger than 1 MiB; make it smaller\n",
			       path);
		return ctr_err_set(err, CTR_E_SPEC, "%s: 1 problem", path);
	}
	return ctr_spec_read_text(path, ctr_buf_str(&text), text.len, ret_spec, ret_problems, err);
}
