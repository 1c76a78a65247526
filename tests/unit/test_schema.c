/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables and what is printed from them: complete, without doubles, and JSON that programs can
 * read. */
#include <json-c/json.h>

#include "spec/spec.h"
#include "spec/tables.h"
#include "tests/unit/tap.h"

static struct ctr_error err;

static bool check_rows(const struct ctr_schema_key *rows, const char *prefix, size_t *count)
{
	bool good = true;

	for (const struct ctr_schema_key *key = rows; key->name; key++) {
		char path[64];
		const char *rest;

		(void)snprintf(path, sizeof(path), "%s%s", prefix, key->name);
		(*count)++;
		if (!key->help || !*key->help || key->help[strlen(key->help) - 1] == '.' ||
		    !key->type) {
			printf("# %s: help or type is missing\n", path);
			good = false;
		}
		if (key->type == &ctr_type_section &&
		    ctr_schema_find(ctr_spec_tables, path, &rest) != key) {
			printf("# %s: another key has the same name\n", path);
			good = false;
		}
		if (key->max && key->min > key->max) {
			printf("# %s: empty range\n", path);
			good = false;
		}
		(void)snprintf(path, sizeof(path), "%s%s.", prefix, key->name);
		if (key->section && !check_rows(key->section, path, count))
			good = false;
	}
	return good;
}

static void test_tables(void)
{
	size_t count = 0;
	bool good = true;

	for (size_t t = 0; ctr_spec_tables[t]; t++)
		good &= check_rows(ctr_spec_tables[t], "", &count);
	ok(good, "every row has a type, a help and a name of its own");
	ok(count > 60, "there are rows");
}

static void test_find(void)
{
	const struct ctr_schema_key *key;
	const char *rest;

	key = ctr_schema_find(ctr_spec_tables, "cpu.weight", &rest);
	ok(key && !strcmp(key->name, "weight") && !*rest, "a key of a section");
	key = ctr_schema_find(ctr_spec_tables, "environment.A.B", &rest);
	ok(key && !strcmp(key->name, "environment") && !strcmp(rest, "A.B"),
	   "a key of a map with free keys");
	ok(!ctr_schema_find(ctr_spec_tables, "cpu.nothing", &rest), "an unknown key of a section");
	ok(!ctr_schema_find(ctr_spec_tables, "nothing", &rest), "an unknown key");
	key = ctr_schema_find(ctr_spec_tables, "cpu", &rest);
	ok(key && key->type == &ctr_type_section, "a section");
}

static void test_keys(void)
{
	static const char *const names[] = { "\nname  ",
					     "\nrootfs.host  ",
					     "\ncpu.weight  ",
					     "\nnetwork.address  ",
					     "\ncapabilities.add  ",
					     "\nrestart.max  ",
					     "\npool  ",
					     "\nulimits  " };
	_cleanup_buf_ struct ctr_buf text = { 0 }, json = { 0 };
	struct json_object *array, *row, *value;

	ok(ctr_spec_keys(false, &text, &err) == 0, "keys as text");
	for (size_t i = 0; i < CTR_ARRAY_LEN(names); i++)
		ok(strstr(ctr_buf_str(&text), names[i]), names[i] + 1);
	ok(strstr(ctr_buf_str(&text), "not supported yet: fair-share group"),
	   "what is not supported says so");
	ok(ctr_spec_keys(true, &json, &err) == 0, "keys as JSON");
	array = json_tokener_parse(ctr_buf_str(&json));
	ok(array && json_object_array_length(array) > 50, "an array");
	row = json_object_array_get_idx(array, 0);
	ok(json_object_object_get_ex(row, "key", &value) &&
		   !strcmp(json_object_get_string(value), "name") &&
		   json_object_object_get_ex(row, "required", &value) &&
		   json_object_get_boolean(value),
	   "the first row is the name, which is required");
	json_object_put(array);
}

static struct json_object *dig(struct json_object *object, const char *const *path)
{
	for (; object && *path; path++)
		if (!json_object_object_get_ex(object, *path, &object))
			return NULL;
	return object;
}

static void test_json_schema(void)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	struct json_object *schema, *found;

	ok(ctr_spec_schema(&text, &err) == 0, "the JSON Schema");
	schema = json_tokener_parse(ctr_buf_str(&text));
	ok(schema != NULL, "is JSON");
	found = dig(schema, (const char *const[]){ "properties", "cpu", "properties", "weight",
						   "maximum", NULL });
	is_int(json_object_get_int64(found), 10000, "with ranges");
	found = dig(schema, (const char *const[]){ "properties", "profile", "enum", NULL });
	is_str(json_object_to_json_string_ext(found, JSON_C_TO_STRING_PLAIN),
	       "[\"app\",\"service\"]", "and words");
	ok(!dig(schema, (const char *const[]){ "properties", "pool", NULL }) &&
		   !dig(schema, (const char *const[]){ "properties", "memory", "properties",
						       "weight", NULL }),
	   "without what is not supported yet");
	found = dig(schema, (const char *const[]){ "additionalProperties", NULL });
	ok(found && !json_object_get_boolean(found), "and without unknown keys");
	found = dig(schema, (const char *const[]){ "required", NULL });
	is_int(found ? (long)json_object_array_length(found) : 0, 3, "three keys are required");
	json_object_put(schema);
}

static void dumped(const char *text, const char *want)
{
	_cleanup_buf_ struct ctr_buf out = { 0 };

	ctr_spec_quote(text, &out);
	is_str(ctr_buf_str(&out), want, want);
}

static void test_quote(void)
{
	dumped("plain", "plain");
	dumped("/srv/a-b_c.d", "/srv/a-b_c.d");
	dumped("", "\"\"");
	dumped("true", "\"true\"");
	dumped("No", "\"No\"");
	dumped("12", "\"12\"");
	dumped("-f", "\"-f\"");
	dumped("a: b", "\"a: b\"");
	dumped("a\"\\b", "\"a\\\"\\\\b\"");
	dumped("a\n\tb", "\"a\\n\\tb\"");
	dumped("\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf\xe2\x82\xac",
	       "\"\\u2028\\u2029\\uFEFF\xe2\x82\xac\"");
}

int main(void)
{
	test_tables();
	test_find();
	test_keys();
	test_json_schema();
	test_quote();
	return tap_done();
}
