/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The types that many keys share: texts, words, truth values, lists and maps. A text is what was
 * written, quoted or not, because nothing is ever converted ("no" stays the text "no"). Pure; any
 * process.
 */
#include <string.h>

#include "common/parse.h"
#include "common/strv.h"
#include "spec/schema.h"

static bool plain_text(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
		       const char *text, struct ctr_problems *problems)
{
	const char *why;

	if (!*text && !(key->flags & CTR_KEY_EMPTY)) {
		ctr_schema_problem(problems, node, "the text is empty; fill it or remove the key");
		return false;
	}
	if (!(key->flags & CTR_KEY_MULTILINE) && strpbrk(text, "\n\t")) {
		ctr_schema_problem(problems, node, "a line break or tab in the text; remove it");
		return false;
	}
	if (key->check && !key->check(text, &why)) {
		char quoted[64];

		ctr_schema_problem(problems, node, "'%s' %s", ctr_problem_quote(text, quoted), why);
		return false;
	}
	return true;
}

static void text_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node, void *base,
		      struct ctr_problems *problems)
{
	char **field = CTR_FIELD(base, key, char *);
	const char *text = ctr_schema_text(node, problems);
	char *copy;

	if (!text || !plain_text(key, node, text, problems))
		return;
	copy = strdup(text);
	if (!copy) {
		problems->nomem = true;
		return;
	}
	free(*field);
	*field = copy;
}

/* Words that other YAML readers take for something else than a text. */
static bool is_reserved(const char *text)
{
	static const char *const words[] = { "true", "false", "yes", "no",  "on",
					     "off",  "y",     "n",   "null" };

	for (size_t i = 0; i < CTR_ARRAY_LEN(words); i++)
		if (!strcasecmp(text, words[i]))
			return true;
	return false;
}

void ctr_dump_text(const char *text, struct ctr_buf *out)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/_";
	static const char rest[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/_.-+0123456789";

	if (*text && strchr(first, *text) && !text[strspn(text, rest)] && !is_reserved(text)) {
		ctr_buf_puts(out, text);
		return;
	}
	ctr_buf_puts(out, "\"");
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p == '"' || *p == '\\')
			ctr_buf_printf(out, "\\%c", *p);
		else if (*p == '\n' || *p == '\t')
			ctr_buf_puts(out, *p == '\n' ? "\\n" : "\\t");
		else if (p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9)) {
			/* line separators, the byte order mark, non-characters: readable only as
			 * escapes */
			ctr_buf_puts(out, p[2] == 0xa8 ? "\\u2028" : "\\u2029");
			p += 2;
		} else if (p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf) {
			ctr_buf_puts(out, "\\uFEFF");
			p += 2;
		} else if (p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe) {
			ctr_buf_puts(out, p[2] == 0xbe ? "\\uFFFE" : "\\uFFFF");
			p += 2;
		} else {
			ctr_buf_add(out, p, 1);
		}
	}
	ctr_buf_puts(out, "\"");
}

static void text_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	const char *text = *CTR_CONST_FIELD(base, key, char *);

	if (text)
		ctr_dump_text(text, out);
}

static void texts_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
		       void *base, struct ctr_problems *problems)
{
	char ***field = CTR_FIELD(base, key, char **);
	struct ctr_error ignored;

	if (!ctr_schema_list(key, node, problems))
		return;
	ctr_strv_free(*field);
	*field = NULL;
	for (const struct ctr_doc_node *item = node->first; item; item = item->next) {
		const char *text = ctr_schema_text(item, problems);

		if (text && plain_text(key, item, text, problems) &&
		    ctr_strv_add(field, text, &ignored) < 0)
			problems->nomem = true;
	}
}

void ctr_dump_texts(char *const *texts, struct ctr_buf *out)
{
	if (!texts || !texts[0])
		return;
	for (size_t i = 0; texts[i]; i++) {
		ctr_buf_puts(out, i ? ", " : "[");
		ctr_dump_text(texts[i], out);
	}
	ctr_buf_puts(out, "]");
}

static void texts_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	ctr_dump_texts(*CTR_CONST_FIELD(base, key, char **), out);
}

static void map_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node, void *base,
		     struct ctr_problems *problems)
{
	char ***field = CTR_FIELD(base, key, char **);
	struct ctr_error ignored;

	if (node->bad)
		return;
	if (node->kind != CTR_DOC_MAP) {
		ctr_schema_wanted(problems, node, "a map, such as {KEY: value}");
		return;
	}
	for (const struct ctr_doc_node *item = node->first; item; item = item->next) {
		const char *name = item->key->text, *text, *why;
		char quoted[64];

		if (key->check && !key->check(name, &why)) {
			ctr_problems_add(problems, item->key->line, item->key->column,
					 "%s: key '%s' %s", key->name,
					 ctr_problem_quote(name, quoted), why);
			continue;
		}
		if (ctr_doc_is_null(item)) {
			ctr_schema_problem(problems, item,
					   "the value is missing; an empty text is written \"\"");
			continue;
		}
		text = ctr_schema_text(item, problems);
		if (!text)
			continue;
		if (!(key->flags & CTR_KEY_MULTILINE) && strpbrk(text, "\n\t"))
			ctr_schema_problem(problems, item,
					   "a line break or tab in the text; remove it");
		else if (ctr_strv_setenv(field, name, text, &ignored) < 0)
			problems->nomem = true;
	}
}

static void map_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	char *const *entries = *CTR_CONST_FIELD(base, key, char **);

	for (size_t i = 0; entries && entries[i]; i++) {
		const char *value = strchr(entries[i], '=');
		_cleanup_free_ char *name = strndup(entries[i], (size_t)(value - entries[i]));

		if (!name) {
			out->failed = true;
			return;
		}
		ctr_buf_puts(out, "\n  ");
		ctr_dump_text(name, out);
		ctr_buf_puts(out, ": ");
		ctr_dump_text(value + 1, out);
	}
}

static bool is_later(const struct ctr_schema_key *key, int i)
{
	return (key->flags & CTR_KEY_LAST_LATER) && !key->words[i + 1];
}

/* The index of the node's word, or -1 and a problem that lists the words. */
static int word_index(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
		      struct ctr_problems *problems)
{
	_cleanup_buf_ struct ctr_buf list = { 0 };
	bool later = false;
	const char *close;
	char quoted[64];

	if (node->bad)
		return -1;
	for (int i = 0; node->kind == CTR_DOC_TEXT && key->words[i]; i++) {
		if (strcmp(node->text, key->words[i]) != 0)
			continue;
		if (!is_later(key, i))
			return i;
		later = true;
	}
	for (int i = 0; key->words[i]; i++)
		if (!is_later(key, i))
			ctr_buf_printf(&list, "%s%s", i ? " or " : "", key->words[i]);
	problems->nomem |= list.failed;
	close = node->kind == CTR_DOC_TEXT ? ctr_closest(node->text, key->words) : NULL;
	if (later)
		ctr_schema_problem(problems, node, "'%s' is not supported yet; use %s", node->text,
				   ctr_buf_str(&list));
	else if (close)
		ctr_schema_problem(problems, node, "'%s' is not valid; did you mean '%s'?",
				   ctr_problem_quote(node->text, quoted), close);
	else
		ctr_schema_wanted(problems, node, ctr_buf_str(&list));
	return -1;
}

static void word_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node, void *base,
		      struct ctr_problems *problems)
{
	int i = word_index(key, node, problems);

	if (i >= 0)
		memcpy(CTR_FIELD(base, key, char), &i, sizeof(i));
}

static void word_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	int i;

	memcpy(&i, CTR_CONST_FIELD(base, key, char), sizeof(i));
	ctr_dump_text(key->words[i], out);
}

static void either_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
			void *base, struct ctr_problems *problems)
{
	int i = word_index(key, node, problems);

	if (i >= 0)
		*CTR_FIELD(base, key, bool) = i;
}

static void either_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	ctr_buf_puts(out, key->words[*CTR_CONST_FIELD(base, key, bool)]);
}

static void bool_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node, void *base,
		      struct ctr_problems *problems)
{
	bool is_true = node->kind == CTR_DOC_TEXT && !strcmp(node->text, "true");
	bool is_false = node->kind == CTR_DOC_TEXT && !strcmp(node->text, "false");

	if (node->bad)
		return;
	if (!is_true && !is_false)
		ctr_schema_wanted(problems, node, "true or false");
	else if (!node->plain)
		ctr_schema_problem(problems, node, "a text; use true or false without quotes");
	else
		*CTR_FIELD(base, key, bool) = is_true;
}

static void bool_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	ctr_buf_puts(out, *CTR_CONST_FIELD(base, key, bool) ? "true" : "false");
}

const struct ctr_schema_type ctr_type_text = { "text", "{\"type\":[\"string\",\"number\"]}",
					       text_read, text_dump };
const struct ctr_schema_type ctr_type_texts = {
	"list", "{\"type\":\"array\",\"items\":{\"type\":[\"string\",\"number\",\"boolean\"]}}",
	texts_read, texts_dump
};
const struct ctr_schema_type ctr_type_map = { "map",
					      "{\"type\":\"object\",\"additionalProperties\":{"
					      "\"type\":[\"string\",\"number\",\"boolean\"]}}",
					      map_read, map_dump };
const struct ctr_schema_type ctr_type_word = { NULL, NULL, word_read, word_dump };
const struct ctr_schema_type ctr_type_either = { NULL, NULL, either_read, either_dump };
const struct ctr_schema_type ctr_type_bool = { "bool", "{\"type\":\"boolean\"}", bool_read,
					       bool_dump };
