/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules of the powers: what a profile and the host's user namespace rule out. A power that opens
 * the whole host is refused rather than given by a slip of the pen. Pure; any process.
 */
#include <string.h>

#include "common/parse.h"
#include "common/strv.h"
#include "spec/tables.h"

/* Ids of a container's own range: 0 to 65535. */
#define OWN_IDS 65536

/* Profile service has a seccomp filter without mount, namespace, module, clock and tracing calls.
 */
static const char *const not_in_service[] = {
	"ALL",
	"AUDIT_CONTROL",
	"BPF",
	"CHECKPOINT_RESTORE",
	"LINUX_IMMUTABLE",
	"MAC_ADMIN",
	"MAC_OVERRIDE",
	"PERFMON",
	"SYSLOG",
	"SYS_ADMIN",
	"SYS_BOOT",
	"SYS_MODULE",
	"SYS_PACCT",
	"SYS_PTRACE",
	"SYS_RAWIO",
	"SYS_TIME",
	"SYS_TTY_CONFIG",
	NULL,
};
/* In the host's user namespace each of these leads out of the container. */
static const char *const not_with_host_ids[] = {
	"ALL",
	"BPF",
	"CHECKPOINT_RESTORE",
	"DAC_READ_SEARCH",
	"MAC_ADMIN",
	"MAC_OVERRIDE",
	"PERFMON",
	"SYS_ADMIN",
	"SYS_BOOT",
	"SYS_MODULE",
	"SYS_PTRACE",
	"SYS_RAWIO",
	NULL,
};

static bool listed(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(*list, name))
			return true;
	return false;
}

static void check_capabilities(const struct ctr_doc_node *root, const struct ctr_spec *spec,
			       struct ctr_problems *problems)
{
	const struct ctr_doc_node *list = ctr_doc_get(ctr_doc_get(root, "capabilities"), "add");
	bool aligned =
		list && list->kind == CTR_DOC_LIST && list->n == ctr_strv_len(spec->sec.cap_add);

	for (size_t i = 0; list && spec->sec.cap_add && spec->sec.cap_add[i]; i++) {
		const struct ctr_doc_node *item = aligned ? ctr_doc_item(list, i) : list;
		const char *name = spec->sec.cap_add[i];

		if (spec->sec.profile == CTR_SEC_SERVICE && listed(name, not_in_service))
			ctr_schema_problem(problems, item,
					   "'%s' is not given to profile service; use profile app",
					   name);
		else if (!spec->sec.userns && listed(name, not_with_host_ids))
			ctr_schema_problem(problems, item,
					   "'%s' with user_namespace host is power over the host "
					   "itself; use user_namespace auto",
					   name);
	}
}

static void check_seccomp(const struct ctr_doc_node *root, const struct ctr_spec *spec,
			  struct ctr_problems *problems)
{
	const struct ctr_doc_node *node = ctr_doc_get(root, "seccomp");

	if (!node || !spec->sec.seccomp || strcmp(spec->sec.seccomp, "unconfined") != 0)
		return;
	if (spec->sec.profile == CTR_SEC_SERVICE)
		ctr_schema_problem(problems, node,
				   "profile service has a filter always; use profile app");
	else if (!spec->sec.userns)
		ctr_schema_problem(problems, node,
				   "'unconfined' with user_namespace host leaves no wall; use "
				   "user_namespace auto");
}

static void check_no_new_privs(const struct ctr_doc_node *root, const struct ctr_spec *spec,
			       struct ctr_problems *problems)
{
	const struct ctr_doc_node *node = ctr_doc_get(root, "no_new_privileges");

	if (node && spec->sec.profile == CTR_SEC_SERVICE && !spec->sec.no_new_privs)
		ctr_schema_problem(problems, node,
				   "profile service has it always; remove it or use profile app");
}

/* A number beyond the container's own ids has no meaning inside. */
static void check_user(const struct ctr_doc_node *root, const struct ctr_spec *spec,
		       struct ctr_problems *problems)
{
	const struct ctr_doc_node *node = ctr_doc_get(root, "user");
	const char *text = spec->sec.user;

	if (!node || !text || !spec->sec.userns)
		return;
	for (const char *part = text; part;
	     part = strchr(part, ':') ? strchr(part, ':') + 1 : NULL) {
		char number[16];
		size_t len = strcspn(part, ":");
		uint32_t id;

		if (len >= sizeof(number))
			continue;
		memcpy(number, part, len);
		number[len] = '\0';
		if (ctr_parse_u32(number, UINT32_MAX, &id) && id >= OWN_IDS) {
			ctr_schema_problem(problems, node,
					   "%u is beyond the container's own ids; use 0 to 65535, "
					   "or user_namespace host",
					   id);
			return;
		}
	}
}

static void check_sysctls(const struct ctr_doc_node *root, const struct ctr_spec *spec,
			  struct ctr_problems *problems)
{
	const struct ctr_doc_node *map = ctr_doc_get(root, "sysctls");

	for (const struct ctr_doc_node *node = map && map->kind == CTR_DOC_MAP ? map->first : NULL;
	     node; node = node->next) {
		const char *why = "is not allowed";

		/* One that was refused by its name is not in the struct. */
		if (!ctr_strv_getenv(spec->sec.sysctls, node->key->text) ||
		    ctr_sec_sysctl_allowed(node->key->text, spec->net.mode != CTR_NET_HOST, &why))
			continue;
		ctr_problems_add(problems, node->key->line, node->key->column,
				 "sysctls: '%s': %s%s", node->key->text, why,
				 strchr(why, ';') ? "" : "; remove it, or set it on the host");
	}
}

void ctr_spec_validate_powers(const struct ctr_doc_node *root, const struct ctr_spec *spec,
			      struct ctr_problems *problems)
{
	check_capabilities(root, spec, problems);
	check_seccomp(root, spec, problems);
	check_no_new_privs(root, spec, problems);
	check_user(root, spec, problems);
	check_sysctls(root, spec, problems);
}
