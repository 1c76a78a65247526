/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The types that many keys share: numbers, sizes and times with their ranges. A number is written
 * without quotes; sizes and times may be quoted, since they are texts to other YAML readers. Pure;
 * any process.
 */
#include <string.h>

#include "common/parse.h"
#include "spec/schema.h"

/* A number in the row's range, or "max" where a limit may be absent. */
static bool read_number(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
			bool limit, uint64_t *ret_value, struct ctr_problems *problems)
{
	const char *or_max = limit ? " or max" : "";
	uint64_t most = key->max ? key->max : UINT64_MAX - 1;
	char wanted[96], quoted[64];
	uint64_t value;

	if (node->bad)
		return false;
	if (limit && node->kind == CTR_DOC_TEXT && !strcmp(node->text, "max")) {
		*ret_value = UINT64_MAX;
		return true;
	}
	if (key->max)
		(void)snprintf(wanted, sizeof(wanted), "a whole number from %llu to %llu%s",
			       (unsigned long long)key->min, (unsigned long long)key->max, or_max);
	else
		(void)snprintf(wanted, sizeof(wanted), "a whole number of at least %llu%s",
			       (unsigned long long)key->min, or_max);
	if (node->kind != CTR_DOC_TEXT || !ctr_parse_u64(node->text, UINT64_MAX, &value)) {
		ctr_schema_wanted(problems, node, wanted);
		return false;
	}
	if (!node->plain) {
		ctr_schema_problem(problems, node, "a text; use %s, without quotes", wanted);
		return false;
	}
	if (value < key->min || value > most) {
		ctr_schema_problem(problems, node, "%s is out of range; use %s",
				   ctr_problem_quote(node->text, quoted), wanted);
		return false;
	}
	*ret_value = value;
	return true;
}

static void number_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
			void *base, struct ctr_problems *problems)
{
	(void)read_number(key, node, false, CTR_FIELD(base, key, uint64_t), problems);
}

static void number32_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
			  void *base, struct ctr_problems *problems)
{
	uint64_t value;

	if (read_number(key, node, false, &value, problems))
		*CTR_FIELD(base, key, uint32_t) = (uint32_t)value;
}

static void limit_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
		       void *base, struct ctr_problems *problems)
{
	(void)read_number(key, node, true, CTR_FIELD(base, key, uint64_t), problems);
}

static void limit_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	uint64_t value = *CTR_CONST_FIELD(base, key, uint64_t);

	if (value == UINT64_MAX)
		ctr_buf_puts(out, "max");
	else
		ctr_buf_printf(out, "%llu", (unsigned long long)value);
}

static void number32_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	ctr_buf_printf(out, "%u", *CTR_CONST_FIELD(base, key, uint32_t));
}

void ctr_dump_size(uint64_t bytes, struct ctr_buf *out)
{
	static const char units[] = "\0KMGT";
	size_t unit = 0;

	while (bytes && bytes % 1024 == 0 && unit < 4) {
		bytes /= 1024;
		unit++;
	}
	ctr_buf_printf(out, "%llu", (unsigned long long)bytes);
	if (unit)
		ctr_buf_add(out, &units[unit], 1);
}

/* Sizes and times share the range check; show turns a bound into text. */
static void check_range(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
			uint64_t value, void (*show)(uint64_t value, struct ctr_buf *out),
			uint64_t *field, struct ctr_problems *problems)
{
	_cleanup_buf_ struct ctr_buf bounds = { 0 };
	char quoted[64];

	if (value >= key->min && (!key->max || value <= key->max)) {
		*field = value;
		return;
	}
	ctr_buf_puts(&bounds, value < key->min ? "at least " : "at most ");
	show(value < key->min ? key->min : key->max, &bounds);
	ctr_schema_problem(problems, node, "%s is out of range; use %s",
			   ctr_problem_quote(node->text, quoted), ctr_buf_str(&bounds));
}

static void read_size(const struct ctr_schema_key *key, const struct ctr_doc_node *node, bool limit,
		      void *base, struct ctr_problems *problems)
{
	uint64_t *field = CTR_FIELD(base, key, uint64_t);
	uint64_t value;

	if (node->bad)
		return;
	if (limit && node->kind == CTR_DOC_TEXT && !strcmp(node->text, "max"))
		*field = UINT64_MAX;
	else if (node->kind != CTR_DOC_TEXT || !ctr_parse_size(node->text, &value))
		ctr_schema_wanted(problems, node,
				  limit ? "a size, such as 512M or 2G, or max"
					: "a size, such as 512M or 2G");
	else
		check_range(key, node, value, ctr_dump_size, field, problems);
}

static void size_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node, void *base,
		      struct ctr_problems *problems)
{
	read_size(key, node, false, base, problems);
}

static void size_limit_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
			    void *base, struct ctr_problems *problems)
{
	read_size(key, node, true, base, problems);
}

static void size_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	uint64_t value = *CTR_CONST_FIELD(base, key, uint64_t);

	if (value == UINT64_MAX)
		ctr_buf_puts(out, "max");
	else
		ctr_dump_size(value, out);
}

static void show_duration(uint64_t usec, struct ctr_buf *out)
{
	char text[32];

	ctr_buf_puts(out, ctr_format_duration(usec, text));
}

static void duration_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
			  void *base, struct ctr_problems *problems)
{
	uint64_t value;

	if (node->bad)
		return;
	if (node->kind != CTR_DOC_TEXT || !ctr_parse_duration(node->text, &value))
		ctr_schema_wanted(problems, node, "a time, such as 500ms, 10s or 5m");
	else
		check_range(key, node, value, show_duration, CTR_FIELD(base, key, uint64_t),
			    problems);
}

static void duration_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	show_duration(*CTR_CONST_FIELD(base, key, uint64_t), out);
}

static void later_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
		       void *base, struct ctr_problems *problems)
{
	(void)key;
	(void)node;
	(void)base;
	(void)problems;
}

void ctr_later_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	(void)key;
	(void)base;
	(void)out;
}

#define SIZE_PATTERN "^(0|[1-9][0-9]*)([KkMGT]i?B?)?$"

const struct ctr_schema_type ctr_type_number = { "number", NULL, number_read, limit_dump };
const struct ctr_schema_type ctr_type_number32 = { "number", NULL, number32_read, number32_dump };
const struct ctr_schema_type ctr_type_limit = { "number|max", NULL, limit_read, limit_dump };
const struct ctr_schema_type ctr_type_size = {
	"size",
	"{\"type\":[\"integer\",\"string\"],\"minimum\":0,\"pattern\":\"" SIZE_PATTERN "\"}",
	size_read, size_dump
};
const struct ctr_schema_type ctr_type_size_limit = {
	"size|max",
	"{\"type\":[\"integer\",\"string\"],\"minimum\":0,\"pattern\":\"" SIZE_PATTERN "|^max$\"}",
	size_limit_read, size_dump
};
const struct ctr_schema_type ctr_type_duration = { "time",
						   "{\"type\":[\"integer\",\"string\"],\"minimum\":"
						   "0,\"pattern\":\"^[0-9]+(us|ms|s|m|h|d)?$\"}",
						   duration_read, duration_dump };
const struct ctr_schema_type ctr_type_later = { "-", "{}", later_read, ctr_later_dump };
