/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tables as text, as JSON and as JSON Schema (draft 2020-12, for editors): nothing here is said
 * twice. Any process, no privilege; not on the way of a start.
 */
#include <json-c/json.h>
#include <string.h>

#include "spec/spec.h"
#include "spec/tables.h"

typedef void visit_row(const char *name, const struct ctr_schema_key *key, void *data);

/* Every key that holds a value, with its dotted name. */
static void walk(const struct ctr_schema_key *rows, const char *prefix, bool later,
		 visit_row *visit, void *data)
{
	for (const struct ctr_schema_key *key = rows; key->name; key++) {
		struct ctr_schema_key row = *key;
		char name[64];

		(void)snprintf(name, sizeof(name), "%s%s%s", prefix, *prefix ? "." : "", key->name);
		if (later)
			row.flags |= CTR_KEY_LATER;
		if (key->type != &ctr_type_section)
			visit(name, &row, data);
		if (key->section)
			walk(key->section, name, row.flags & CTR_KEY_LATER, visit, data);
	}
}

static const char *type_name(const struct ctr_schema_key *key, char buf[static 64])
{
	size_t used = 0;

	if (key->type == &ctr_type_number && key->max) {
		(void)snprintf(buf, 64, "%llu..%llu", (unsigned long long)key->min,
			       (unsigned long long)key->max);
		return buf;
	}
	if (key->type->name || !key->words)
		return key->type->name;
	buf[0] = '\0';
	for (size_t i = 0; key->words[i] && used < 60; i++)
		if (key->words[i + 1] || !(key->flags & CTR_KEY_LAST_LATER))
			used += (size_t)snprintf(buf + used, 64 - used, "%s%s", i ? "|" : "",
						 key->words[i]);
	return buf;
}

static const char *default_text(const struct ctr_schema_key *key)
{
	if (key->flags & CTR_KEY_REQUIRED)
		return "required";
	return key->fallback ? key->fallback : "-";
}

static const char *support(const struct ctr_schema_key *key)
{
	return key->flags & CTR_KEY_LATER ? "not supported yet: " : "";
}

static void line_of(const char *name, const struct ctr_schema_key *key, void *data)
{
	char type[64];

	ctr_buf_printf(data, "%-22s  %-24s  %-24s  %s%s\n", name, type_name(key, type),
		       default_text(key), support(key), key->help);
}

static void object_of(const char *name, const struct ctr_schema_key *key, void *data)
{
	struct json_object *row = json_object_new_object();
	char type[64];

	json_object_object_add(row, "key", json_object_new_string(name));
	json_object_object_add(row, "type", json_object_new_string(type_name(key, type)));
	json_object_object_add(row, "default",
			       key->fallback ? json_object_new_string(key->fallback) : NULL);
	json_object_object_add(row, "required",
			       json_object_new_boolean(key->flags & CTR_KEY_REQUIRED));
	json_object_object_add(row, "supported",
			       json_object_new_boolean(!(key->flags & CTR_KEY_LATER)));
	json_object_object_add(row, "help", json_object_new_string(key->help));
	json_object_array_add(data, row);
}

static int put_json(struct json_object *object, struct ctr_buf *ret_text, struct ctr_error *err)
{
	const char *text = json_object_to_json_string_ext(
		object,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (text) {
		ctr_buf_puts(ret_text, text);
		ctr_buf_puts(ret_text, "\n");
	}
	json_object_put(object);
	return text ? ctr_buf_check(ret_text, err) : ctr_err_nomem(err);
}

int ctr_spec_keys(bool json, struct ctr_buf *ret_text, struct ctr_error *err)
{
	struct json_object *array;

	if (!json) {
		ctr_buf_printf(ret_text, "%-22s  %-24s  %-24s  %s\n", "KEY", "TYPE", "DEFAULT",
			       "MEANING");
		for (size_t t = 0; ctr_spec_tables[t]; t++)
			walk(ctr_spec_tables[t], "", false, line_of, ret_text);
		return ctr_buf_check(ret_text, err);
	}
	array = json_object_new_array();
	if (!array)
		return ctr_err_nomem(err);
	for (size_t t = 0; ctr_spec_tables[t]; t++)
		walk(ctr_spec_tables[t], "", false, object_of, array);
	return put_json(array, ret_text, err);
}

static struct json_object *number_schema(const struct ctr_schema_key *key)
{
	struct json_object *number = json_object_new_object(), *both, *choice, *word;

	json_object_object_add(number, "type", json_object_new_string("integer"));
	json_object_object_add(number, "minimum", json_object_new_uint64(key->min));
	if (key->max)
		json_object_object_add(number, "maximum", json_object_new_uint64(key->max));
	if (key->type != &ctr_type_limit)
		return number;
	word = json_object_new_object();
	json_object_object_add(word, "const", json_object_new_string("max"));
	choice = json_object_new_array();
	json_object_array_add(choice, number);
	json_object_array_add(choice, word);
	both = json_object_new_object();
	json_object_object_add(both, "oneOf", choice);
	return both;
}

static struct json_object *words_schema(const struct ctr_schema_key *key)
{
	struct json_object *schema = json_object_new_object(), *words = json_object_new_array();

	for (size_t i = 0; key->words[i]; i++)
		if (key->words[i + 1] || !(key->flags & CTR_KEY_LAST_LATER))
			json_object_array_add(words, json_object_new_string(key->words[i]));
	json_object_object_add(schema, "enum", words);
	return schema;
}

static struct json_object *map_schema(const struct ctr_schema_key *rows);

static struct json_object *key_schema(const struct ctr_schema_key *key)
{
	struct json_object *schema;

	if (key->type == &ctr_type_section)
		schema = map_schema(key->section);
	else if (key->words)
		schema = words_schema(key);
	else if (key->type->json)
		schema = json_tokener_parse(key->type->json);
	else
		schema = number_schema(key);
	json_object_object_add(schema, "description", json_object_new_string(key->help));
	/* Defaults that depend on something else are sentences: they hold a blank. */
	if (key->fallback && !strchr(key->fallback, ' '))
		json_object_object_add(schema, "default", json_object_new_string(key->fallback));
	return schema;
}

static void add_properties(const struct ctr_schema_key *rows, struct json_object *properties,
			   struct json_object *required)
{
	for (const struct ctr_schema_key *key = rows; key->name; key++) {
		if (key->flags & CTR_KEY_LATER)
			continue;
		json_object_object_add(properties, key->name, key_schema(key));
		if (key->flags & CTR_KEY_REQUIRED)
			json_object_array_add(required, json_object_new_string(key->name));
	}
}

static struct json_object *map_schema(const struct ctr_schema_key *rows)
{
	struct json_object *schema = json_object_new_object();
	struct json_object *properties = json_object_new_object();
	struct json_object *required = json_object_new_array();

	add_properties(rows, properties, required);
	json_object_object_add(schema, "type", json_object_new_string("object"));
	json_object_object_add(schema, "properties", properties);
	json_object_object_add(schema, "additionalProperties", json_object_new_boolean(false));
	if (json_object_array_length(required))
		json_object_object_add(schema, "required", required);
	else
		json_object_put(required);
	return schema;
}

static const struct ctr_schema_key *top_row(const char *name)
{
	const char *rest;

	return ctr_schema_find(ctr_spec_tables, name, &rest);
}

int ctr_spec_schema(struct ctr_buf *ret_text, struct ctr_error *err)
{
	struct json_object *schema = json_object_new_object(),
			   *properties = json_object_new_object();
	struct json_object *required = json_object_new_array(), *defs = json_object_new_object(),
			   *rootfs;

	if (!schema || !properties || !required || !defs)
		return ctr_err_nomem(err);
	for (size_t t = 0; ctr_spec_tables[t]; t++)
		add_properties(ctr_spec_tables[t], properties, required);
	if (json_object_object_get_ex(properties, "rootfs", &rootfs))
		json_object_object_add(
			rootfs, "oneOf",
			json_tokener_parse(
				"[{\"required\":[\"path\"]},{\"required\":[\"host\"]}]"));
	json_object_object_add(defs, "network", map_schema(top_row("network")->section));
	json_object_object_add(
		schema, "$schema",
		json_object_new_string("https://json-schema.org/draft/2020-12/schema"));
	json_object_object_add(schema, "title",
			       json_object_new_string("ctr container specification"));
	json_object_object_add(schema, "type", json_object_new_string("object"));
	json_object_object_add(schema, "properties", properties);
	json_object_object_add(schema, "required", required);
	json_object_object_add(schema, "additionalProperties", json_object_new_boolean(false));
	json_object_object_add(schema, "$defs", defs);
	return put_json(schema, ret_text, err);
}
