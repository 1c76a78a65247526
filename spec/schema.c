/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Walks the tables: binding a tree to a struct, finding a row, writing a struct out. Knows no key
 * by name, except words of other tools that people type. Pure; any process.
 */
#include "spec/schema.h"

#include <stdarg.h>
#include <string.h>

#include "common/parse.h"

#define MAX_CANDIDATES 128
#define MAX_ITEMS 4096

void ctr_schema_problem(struct ctr_problems *problems, const struct ctr_doc_node *node,
			const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	const struct ctr_doc_node *at = node;
	char path[128];
	const char *name = ctr_doc_path(node, path);
	va_list ap;
	int n;

	if (node->bad)
		return;
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		text = NULL;
		problems->nomem = true;
		return;
	}
	/* A missing value has no place of its own. */
	if (ctr_doc_is_null(node) && node->key)
		at = node->key;
	ctr_problems_add(problems, at->line, at->column, "%s%s%s", name, *name ? ": " : "", text);
}

static const char *kind_name(const struct ctr_doc_node *node)
{
	static const char *const names[] = { "a single value", "a list", "a map" };

	return names[node->kind];
}

void ctr_schema_wanted(struct ctr_problems *problems, const struct ctr_doc_node *node,
		       const char *wanted)
{
	char quoted[64];

	if (ctr_doc_is_null(node))
		ctr_schema_problem(problems, node, "the value is missing; use %s", wanted);
	else if (node->kind != CTR_DOC_TEXT)
		ctr_schema_problem(problems, node, "this is %s; use %s", kind_name(node), wanted);
	else
		ctr_schema_problem(problems, node, "'%s' is not valid; use %s",
				   ctr_problem_quote(node->text, quoted), wanted);
}

void ctr_schema_reason(struct ctr_problems *problems, const struct ctr_doc_node *node,
		       const char *why, const char *remedy)
{
	char quoted[64];
	bool complete = strchr(why, ';');

	ctr_schema_problem(problems, node, "'%s': %s%s%s", ctr_problem_quote(node->text, quoted),
			   why, complete ? "" : "; ", complete ? "" : remedy);
}

const char *ctr_schema_text(const struct ctr_doc_node *node, struct ctr_problems *problems)
{
	if (node->bad)
		return NULL;
	if (node->kind == CTR_DOC_TEXT && !ctr_doc_is_null(node))
		return node->text;
	ctr_schema_wanted(problems, node, "a single value");
	return NULL;
}

bool ctr_schema_list(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
		     struct ctr_problems *problems)
{
	if (node->bad)
		return false;
	if (node->kind != CTR_DOC_LIST) {
		ctr_schema_wanted(problems, node, "a list, such as [a, b]");
		return false;
	}
	/* Lists are searched for doubles: a bound keeps hostile ones cheap. */
	if (node->n > MAX_ITEMS) {
		ctr_schema_problem(problems, node, "more than %d items; use fewer", MAX_ITEMS);
		return false;
	}
	if (!node->n && !(key->flags & CTR_KEY_EMPTY)) {
		ctr_schema_problem(problems, node, "the list is empty; fill it or remove the key");
		return false;
	}
	return true;
}

void *ctr_schema_grow(void **array, size_t *n, size_t size, struct ctr_problems *problems)
{
	char *grown = realloc(*array, (*n + 1) * size);

	if (!grown) {
		problems->nomem = true;
		return NULL;
	}
	*array = grown;
	memset(grown + *n * size, 0, size);
	return grown + (*n)++ * size;
}

/* What other tools call the same thing. */
static const char *foreign_word(const char *word)
{
	static const char *const words[][2] = {
		{ "args", "command" },
		{ "cap_add", "capabilities.add" },
		{ "cap_drop", "capabilities.drop" },
		{ "cmd", "command" },
		{ "container_name", "name" },
		{ "cpu_shares", "cpu.weight" },
		{ "cpus", "cpu.max or cpu.cpus" },
		{ "cpuset", "cpu.cpus" },
		{ "cwd", "working_dir" },
		{ "entrypoint", "command" },
		{ "env", "environment" },
		{ "image", "rootfs.path" },
		{ "mem_limit", "memory.max" },
		{ "mounts", "volumes" },
		{ "network_mode", "network" },
		{ "networks", "network" },
		{ "net", "network" },
		{ "no_new_privs", "no_new_privileges" },
		{ "pids_limit", "pids.max" },
		{ "publish", "ports" },
		{ "read_only", "rootfs.readonly" },
		{ "root", "rootfs.path" },
		{ "stop_grace_period", "stop.timeout" },
		{ "stop_signal", "stop.signal" },
		{ "userns", "user_namespace" },
	};

	for (size_t i = 0; i < CTR_ARRAY_LEN(words); i++)
		if (!strcmp(word, words[i][0]))
			return words[i][1];
	return NULL;
}

static void unknown_key(const struct ctr_schema_key *const *tables, const struct ctr_doc_node *node,
			struct ctr_problems *problems)
{
	const char *candidates[MAX_CANDIDATES];
	const char *word = node->key->text, *close;
	const struct ctr_doc_node *map = node->parent;
	char path[128], quoted[64];
	const char *prefix = ctr_doc_path(map, path);
	const char *dot = *prefix ? "." : "";
	size_t n = 0;

	for (size_t t = 0; tables[t]; t++)
		for (const struct ctr_schema_key *key = tables[t];
		     key->name && n + 1 < MAX_CANDIDATES; key++)
			candidates[n++] = key->name;
	candidates[n] = NULL;
	if (node->bad || node->key->bad)
		return;
	(void)ctr_problem_quote(word, quoted);
	close = *prefix ? NULL : foreign_word(word);
	if (close) {
		ctr_problems_add(problems, node->key->line, node->key->column,
				 "unknown key '%s'; did you mean '%s'?", quoted, close);
		return;
	}
	close = ctr_closest(word, candidates);
	if (close)
		ctr_problems_add(problems, node->key->line, node->key->column,
				 "unknown key '%s%s%s'; did you mean '%s%s%s'?", prefix, dot,
				 quoted, prefix, dot, close);
	else
		ctr_problems_add(problems, node->key->line, node->key->column,
				 "unknown key '%s%s%s'; 'ctr spec keys' lists the known ones",
				 prefix, dot, quoted);
}

static const struct ctr_schema_key *find_row(const struct ctr_schema_key *const *tables,
					     const char *name, size_t len)
{
	for (size_t t = 0; tables[t]; t++)
		for (const struct ctr_schema_key *key = tables[t]; key->name; key++)
			if (!strncmp(key->name, name, len) && !key->name[len])
				return key;
	return NULL;
}

static void check_required(const struct ctr_schema_key *const *tables,
			   const struct ctr_doc_node *map, struct ctr_problems *problems)
{
	char path[128];
	const char *prefix = ctr_doc_path(map, path);

	for (size_t t = 0; tables[t]; t++)
		for (const struct ctr_schema_key *key = tables[t]; key->name; key++)
			if ((key->flags & CTR_KEY_REQUIRED) && !ctr_doc_get(map, key->name))
				ctr_problems_add(problems, map->line, map->column,
						 "key '%s%s%s' is missing; add it: %s", prefix,
						 *prefix ? "." : "", key->name, key->help);
}

void ctr_schema_bind(const struct ctr_schema_key *const *tables, const struct ctr_doc_node *map,
		     void *base, struct ctr_problems *problems)
{
	if (map->kind != CTR_DOC_MAP) {
		ctr_schema_wanted(problems, map, "a map of keys and values");
		return;
	}
	for (const struct ctr_doc_node *node = map->first; node; node = node->next) {
		const struct ctr_schema_key *key =
			find_row(tables, node->key->text, strlen(node->key->text));
		char path[128];

		if (!key)
			unknown_key(tables, node, problems);
		else if (key->flags & CTR_KEY_LATER)
			ctr_problems_add(problems, node->key->line, node->key->column,
					 "key '%s' is not supported yet; remove it",
					 ctr_doc_path(node, path));
		else
			key->type->read(key, node, base, problems);
	}
	check_required(tables, map, problems);
}

static void section_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
			 void *base, struct ctr_problems *problems)
{
	const struct ctr_schema_key *const tables[] = { key->section, NULL };

	if (!node->bad)
		ctr_schema_bind(tables, node, base, problems);
}

/* One row as "key: value", or nothing when it is not set; a value of several lines begins with its
 * own. */
static void row_dump(const struct ctr_schema_key *row, const void *base, const char *before,
		     const char *after, struct ctr_buf *out)
{
	_cleanup_buf_ struct ctr_buf value = { 0 };

	if (row->flags & CTR_KEY_LATER)
		return;
	row->type->dump(row, base, &value);
	out->failed |= value.failed;
	if (value.len)
		ctr_buf_printf(out, "%s%s:%s%s%s", before, row->name,
			       *value.data == '\n' ? "" : " ", value.data, after);
}

static void section_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	for (const struct ctr_schema_key *row = key->section; row->name; row++)
		row_dump(row, base, "\n  ", "", out);
}

const struct ctr_schema_type ctr_type_section = { "map", NULL, section_read, section_dump };

const struct ctr_schema_key *ctr_schema_find(const struct ctr_schema_key *const *tables,
					     const char *path, const char **ret_rest)
{
	size_t len = strcspn(path, ".");
	const struct ctr_schema_key *key = find_row(tables, path, len);

	*ret_rest = path[len] ? path + len + 1 : "";
	if (key && key->type == &ctr_type_section && **ret_rest) {
		const struct ctr_schema_key *const inner[] = { key->section, NULL };

		return ctr_schema_find(inner, *ret_rest, ret_rest);
	}
	return key;
}

void ctr_schema_dump(const struct ctr_schema_key *const *tables, const void *base,
		     struct ctr_buf *out)
{
	for (size_t t = 0; tables[t]; t++)
		for (const struct ctr_schema_key *key = tables[t]; key->name; key++)
			row_dump(key, base, "", "\n", out);
}
