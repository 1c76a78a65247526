/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of the powers: user, capabilities, seccomp, limits, sysctls. Pure; any process. */
#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/resource.h>

#include "common/parse.h"
#include "common/strv.h"
#include "spec/tables.h"

#define MAX_CAPABILITIES 64

/* "name", "uid", "name:group", "uid:gid"; a number must be an id that exists (4294967295 means
 * "unchanged"). */
static bool check_id(const char *text, size_t len)
{
	char number[16];
	uint32_t id;

	if (len == 0 || len > 32 ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-$") <
		    len)
		return false;
	if (!isdigit((unsigned char)*text))
		return *text != '-' && *text != '.';
	if (len >= sizeof(number))
		return false;
	memcpy(number, text, len);
	number[len] = '\0';
	return ctr_parse_u32(number, UINT32_MAX - 1, &id);
}

bool ctr_spec_check_user(const char *text, const char **ret_why)
{
	size_t len = strcspn(text, ":");

	*ret_why = "is not a user; use a name, a number, NAME:GROUP or UID:GID";
	return check_id(text, len) &&
	       (!text[len] || check_id(text + len + 1, strlen(text + len + 1)));
}

static bool check_seccomp(const char *text, const char **ret_why)
{
	*ret_why = "is not valid; use default, unconfined or the absolute path of a filter";
	return !strcmp(text, "default") || !strcmp(text, "unconfined") || ctr_spec_is_clean(text);
}

static bool check_sysctl(const char *text, const char **ret_why)
{
	size_t len = strlen(text);

	*ret_why = "is not a sysctl; use its name with dots, such as net.ipv4.ip_forward";
	return len >= 3 && len <= 255 && strchr(text, '.') && text[0] != '.' &&
	       text[len - 1] != '.' && !strstr(text, "..") &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		       len;
}

static void upper_without_cap(const char *text, char buf[static 32])
{
	size_t n = 0;

	if (!strncasecmp(text, "CAP_", 4))
		text += 4;
	for (; text[n] && n < 31; n++)
		buf[n] = (char)toupper((unsigned char)text[n]);
	buf[n] = '\0';
}

static void unknown_capability(const struct ctr_doc_node *item, const char *name,
			       struct ctr_problems *problems)
{
	char known[MAX_CAPABILITIES][32];
	const char *candidates[MAX_CAPABILITIES + 1] = { NULL };
	const char *close;
	char quoted[64];

	for (int i = 0; i < MAX_CAPABILITIES && i <= CAP_LAST_CAP; i++) {
		char *word = cap_to_name((cap_value_t)i);

		if (!word)
			break;
		upper_without_cap(word, known[i]);
		candidates[i] = known[i];
		cap_free(word);
	}
	close = ctr_closest(name, candidates);
	if (close)
		ctr_schema_problem(problems, item, "unknown capability '%s'; did you mean '%s'?",
				   ctr_problem_quote(item->text, quoted), close);
	else
		ctr_schema_problem(
			problems, item,
			"unknown capability '%s'; use a name of capabilities(7), such as NET_ADMIN",
			ctr_problem_quote(item->text, quoted));
}

static void caps_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node, void *base,
		      struct ctr_problems *problems)
{
	char ***field = CTR_FIELD(base, key, char **);
	struct ctr_error ignored;

	if (!ctr_schema_list(key, node, problems))
		return;
	for (const struct ctr_doc_node *item = node->first; item; item = item->next) {
		const char *text = ctr_schema_text(item, problems);
		char name[32];

		if (!text)
			continue;
		upper_without_cap(text, name);
		if (strcmp(name, "ALL") != 0 && ctr_sec_cap_number(name) < 0)
			unknown_capability(item, name, problems);
		else if (ctr_strv_has(*field, name))
			ctr_schema_problem(problems, item,
					   "'%s' is given twice; remove one of them", name);
		else if (ctr_strv_add(field, name, &ignored) < 0)
			problems->nomem = true;
	}
}

static void caps_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	ctr_type_texts.dump(key, base, out);
}

static bool parse_rlimit(const char *text, uint64_t *ret_value)
{
	if (!strcmp(text, "unlimited")) {
		*ret_value = RLIM_INFINITY;
		return true;
	}
	return ctr_parse_u64(text, (uint64_t)INT64_MAX, ret_value);
}

static bool parse_rlimits(const char *text, struct ctr_sec_rlimit *ret_limit)
{
	const char *colon = strchr(text, ':');
	char soft[32];

	if (!colon) {
		if (!parse_rlimit(text, &ret_limit->soft))
			return false;
		ret_limit->hard = ret_limit->soft;
		return true;
	}
	if ((size_t)(colon - text) >= sizeof(soft))
		return false;
	memcpy(soft, text, (size_t)(colon - text));
	soft[colon - text] = '\0';
	return parse_rlimit(soft, &ret_limit->soft) && parse_rlimit(colon + 1, &ret_limit->hard);
}

static void unknown_ulimit(const struct ctr_doc_node *item, struct ctr_problems *problems)
{
	const char *candidates[RLIM_NLIMITS + 1] = { NULL };
	const char *close;
	char quoted[64];
	size_t n = 0;

	for (int i = 0; i < (int)RLIM_NLIMITS; i++)
		if (ctr_sec_rlimit_name(i))
			candidates[n++] = ctr_sec_rlimit_name(i);
	close = ctr_closest(item->key->text, candidates);
	(void)ctr_problem_quote(item->key->text, quoted);
	if (close)
		ctr_problems_add(problems, item->key->line, item->key->column,
				 "ulimits: unknown limit '%s'; did you mean '%s'?", quoted, close);
	else
		ctr_problems_add(
			problems, item->key->line, item->key->column,
			"ulimits: unknown limit '%s'; use a name of prlimit(1), such as nofile",
			quoted);
}

static void ulimits_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
			 void *base, struct ctr_problems *problems)
{
	struct ctr_sec_spec *sec = &((struct ctr_spec *)base)->sec;

	(void)key;
	if (node->bad)
		return;
	if (node->kind != CTR_DOC_MAP) {
		ctr_schema_wanted(problems, node, "a map, such as {nofile: 65536}");
		return;
	}
	for (const struct ctr_doc_node *item = node->first; item; item = item->next) {
		struct ctr_sec_rlimit limit = { .resource =
							ctr_sec_rlimit_number(item->key->text) },
				      *place;
		const char *text;

		if (limit.resource < 0) {
			unknown_ulimit(item, problems);
			continue;
		}
		text = ctr_schema_text(item, problems);
		if (!text)
			continue;
		if (!parse_rlimits(text, &limit)) {
			ctr_schema_wanted(problems, item, "a number, SOFT:HARD or unlimited");
			continue;
		}
		if (limit.soft > limit.hard) {
			ctr_schema_problem(problems, item,
					   "the soft limit is above the hard one; use SOFT:HARD");
			continue;
		}
		place = ctr_schema_grow((void **)&sec->rlimits, &sec->n_rlimits, sizeof(limit),
					problems);
		if (place)
			*place = limit;
	}
}

static void dump_rlimit(uint64_t value, struct ctr_buf *out)
{
	if (value == RLIM_INFINITY)
		ctr_buf_puts(out, "unlimited");
	else
		ctr_buf_printf(out, "%llu", (unsigned long long)value);
}

static void ulimits_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	const struct ctr_sec_spec *sec = &((const struct ctr_spec *)base)->sec;

	(void)key;
	for (size_t i = 0; i < sec->n_rlimits; i++) {
		const struct ctr_sec_rlimit *limit = &sec->rlimits[i];
		bool both = limit->soft != limit->hard;

		ctr_buf_printf(out, "\n  %s: %s", ctr_sec_rlimit_name(limit->resource),
			       both ? "\"" : "");
		dump_rlimit(limit->soft, out);
		if (both) {
			ctr_buf_puts(out, ":");
			dump_rlimit(limit->hard, out);
			ctr_buf_puts(out, "\"");
		}
	}
}

static const struct ctr_schema_type type_caps = {
	"list of names", "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}", caps_read,
	caps_dump
};
static const struct ctr_schema_type type_ulimits = {
	"map of limits",
	"{\"type\":\"object\",\"additionalProperties\":{\"type\":[\"integer\",\"string\"]}}",
	ulimits_read, ulimits_dump
};

#define AT(field) offsetof(struct ctr_spec, sec.field)

static const char *const userns_words[] = { "host", "auto", NULL };

static const struct ctr_schema_key capabilities_keys[] = {
	{ "add", &type_caps, AT(cap_add), .flags = CTR_KEY_EMPTY,
	  .help = "given beyond the profile's; ALL: every one" },
	{ "drop", &type_caps, AT(cap_drop), .flags = CTR_KEY_EMPTY,
	  .help = "taken from the profile's before 'add'; ALL: every one" },
	{ 0 },
};

const struct ctr_schema_key ctr_keys_security[] = {
	{ "user_namespace", &ctr_type_either, AT(userns), .words = userns_words, .fallback = "auto",
	  .help = "auto: an own range of ids, id-mapped mounts; host: root inside is root "
		  "outside" },
	{ "capabilities", &ctr_type_section, .section = capabilities_keys,
	  .help = "app: 11 of them, as podman gives; service: none but those added" },
	{ "seccomp", &ctr_type_text, AT(seccomp), .check = check_seccomp, .fallback = "default",
	  .help = "default: the profile's allow-list; unconfined; or the path of a filter" },
	{ "no_new_privileges", &ctr_type_bool, AT(no_new_privs), .fallback = "true",
	  .help = "set-user-id programs and file capabilities give nothing; service: always" },
	{ "sysctls", &ctr_type_map, AT(sysctls), .flags = CTR_KEY_EMPTY, .check = check_sysctl,
	  .help = "kernel settings of the container's own namespaces" },
	{ "ulimits", &type_ulimits, .flags = CTR_KEY_EMPTY,
	  .help = "limits of setrlimit(2): a number, \"SOFT:HARD\" or unlimited" },
	{ 0 },
};
