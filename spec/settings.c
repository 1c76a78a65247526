/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The settings of a command line ("cpu.weight=200") as a document of their own, read by the same
 * tables. The line number of a node is the number of its setting. Any process, no privilege.
 */
#include <string.h>

#include "common/strv.h"
#include "spec/tables.h"

struct builder {
	struct ctr_doc doc;
	struct ctr_problems *problems;
	uint32_t line;
};

static struct ctr_doc_node *new_node(struct builder *b, enum ctr_doc_kind kind, const char *text,
				     size_t len)
{
	struct ctr_doc_node *node = ctr_doc_new(&b->doc, kind, text, len);

	if (!node)
		b->problems->nomem = true;
	else
		node->line = b->line;
	return node;
}

static void attach(struct builder *b, struct ctr_doc_node *map, const char *name, size_t len,
		   struct ctr_doc_node *value)
{
	struct ctr_doc_node *key = new_node(b, CTR_DOC_TEXT, name, len);

	if (key && value)
		ctr_doc_attach(map, key, value);
}

/* How long the first key of a path is: in a map with free keys all of the rest is one key. */
static size_t key_len(const char *whole, const char *rest_of_whole)
{
	_cleanup_free_ char *before = strndup(whole, (size_t)(rest_of_whole - whole));
	const struct ctr_schema_key *key = NULL;
	const char *rest;

	if (before && *before) {
		before[strlen(before) - 1] = '\0';
		key = ctr_schema_find(ctr_spec_tables, before, &rest);
	}
	if (key && key->type != &ctr_type_section)
		return strlen(rest_of_whole);
	return strcspn(rest_of_whole, ".");
}

static void add_setting(struct builder *b, const char *setting)
{
	const char *equals = strchr(setting, '=');
	_cleanup_free_ char *path = NULL;
	struct ctr_doc_node *map = b->doc.root, *value, *there;
	const char *rest;
	size_t len, before;

	if (!equals || equals == setting) {
		ctr_problems_add(b->problems, b->line, 1,
				 "there is no value; write KEY=VALUE, such as cpu.weight=200");
		return;
	}
	path = strndup(setting, (size_t)(equals - setting));
	if (!path) {
		b->problems->nomem = true;
		return;
	}
	before = b->problems->total;
	value = ctr_doc_read_value(&b->doc, equals + 1, strlen(equals + 1), b->line, b->problems);
	if (!value) {
		value = new_node(b, CTR_DOC_TEXT, "", 0);
		if (!value)
			return;
		value->plain = true;
		value->bad = b->problems->total != before;
	}
	for (rest = path;; rest += len + 1) {
		_cleanup_free_ char *name = NULL;

		len = key_len(path, rest);
		name = strndup(rest, len);
		if (!name) {
			b->problems->nomem = true;
			return;
		}
		there = ctr_doc_get(map, name);
		if (!rest[len])
			break;
		if (!there) {
			there = new_node(b, CTR_DOC_MAP, NULL, 0);
			if (!there)
				return;
			attach(b, map, name, len, there);
		} else if (there->kind != CTR_DOC_MAP) {
			ctr_problems_add(b->problems, b->line, 1,
					 "'%s' has a value already; remove one of them", name);
			return;
		}
		map = there;
	}
	if (there)
		ctr_problems_add(b->problems, b->line, 1, "it is given twice; remove one of them");
	else
		attach(b, map, rest, len, value);
}

/* Arguments are texts, whatever they look like. */
static void add_command(struct builder *b, char *const *command)
{
	struct ctr_doc_node *list = new_node(b, CTR_DOC_LIST, NULL, 0);

	for (size_t i = 0; list && command[i]; i++) {
		struct ctr_doc_node *item =
			new_node(b, CTR_DOC_TEXT, command[i], strlen(command[i]));

		if (item)
			ctr_doc_attach(list, NULL, item);
	}
	if (list)
		attach(b, b->doc.root, "command", strlen("command"), list);
}

int ctr_spec_from_settings(char *const *settings, char *const *command, struct ctr_spec *ret_spec,
			   struct ctr_buf *ret_problems, struct ctr_error *err)
{
	struct ctr_problems problems = { .source = "settings", .settings = settings };
	struct builder b = { .problems = &problems };
	struct ctr_spec spec;
	int rc;

	ctr_spec_init(&spec);
	b.doc.root = new_node(&b, CTR_DOC_MAP, NULL, 0);
	if (b.doc.root) {
		if (command && command[0])
			add_command(&b, command);
		for (size_t i = 0; settings && settings[i]; i++) {
			b.line = (uint32_t)i + 1;
			add_setting(&b, settings[i]);
		}
		ctr_spec_bind(b.doc.root, &spec, &problems);
	}
	rc = ctr_problems_finish(&problems, ret_problems, err);
	if (rc == 0) {
		ctr_spec_done(ret_spec);
		*ret_spec = spec;
	} else {
		ctr_spec_done(&spec);
	}
	ctr_doc_done(&b.doc);
	ctr_problems_done(&problems);
	return rc;
}
