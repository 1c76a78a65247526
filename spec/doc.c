/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libyaml's events -> tree. Any process; the text may come from anybody. libyaml by itself accepts
 * duplicate keys, NUL in a scalar ("\0"), thousands of levels and aliases that expand to gigabytes:
 * all closed here.
 */
#include "spec/doc.h"

#include <string.h>
#include <yaml.h>

#include "common/cleanup.h"

#define CHUNK_BYTES 16384

struct ctr_doc_chunk {
	struct ctr_doc_chunk *next;
	size_t used, size;
	max_align_t data[];
};

struct reader {
	struct ctr_doc *doc;
	struct ctr_problems *problems;
	uint32_t line; /* of every node, when not 0 */
	struct ctr_doc_node *root;
	struct ctr_doc_node *open; /* the innermost list or map */
	struct ctr_doc_node *key;  /* of a map, read and waiting for its value */
	struct ctr_doc_node *pending[CTR_DOC_MAX_DEPTH]; /* keys of the maps around */
	unsigned int depth;
};

static void *arena(struct ctr_doc *doc, size_t size)
{
	struct ctr_doc_chunk *chunk = doc->chunks;
	void *place;

	size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (!chunk || chunk->size - chunk->used < size) {
		size_t room = size > CHUNK_BYTES ? size : CHUNK_BYTES;

		chunk = malloc(sizeof(*chunk) + room);
		if (!chunk)
			return NULL;
		chunk->next = doc->chunks;
		chunk->used = 0;
		chunk->size = room;
		doc->chunks = chunk;
	}
	place = (char *)chunk->data + chunk->used;
	chunk->used += size;
	return place;
}

struct ctr_doc_node *ctr_doc_new(struct ctr_doc *doc, enum ctr_doc_kind kind, const char *text,
				 size_t len)
{
	struct ctr_doc_node *node = arena(doc, sizeof(*node));
	char *copy = NULL;

	if (!node)
		return NULL;
	if (kind == CTR_DOC_TEXT) {
		copy = arena(doc, len + 1);
		if (!copy)
			return NULL;
		memcpy(copy, text, len);
		copy[len] = '\0';
	}
	*node = (struct ctr_doc_node){ .kind = kind, .text = copy, .line = 1, .column = 1 };
	doc->n_nodes++;
	return node;
}

void ctr_doc_attach(struct ctr_doc_node *parent, struct ctr_doc_node *key,
		    struct ctr_doc_node *node)
{
	node->parent = parent;
	node->key = key;
	if (key)
		key->parent = parent;
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	parent->n++;
}

void ctr_doc_done(struct ctr_doc *doc)
{
	while (doc->chunks) {
		struct ctr_doc_chunk *next = doc->chunks->next;

		free(doc->chunks);
		doc->chunks = next;
	}
	*doc = (struct ctr_doc){ 0 };
}

static void problem(struct reader *r, const yaml_mark_t *mark, const char *text)
{
	uint32_t line = r->line ? r->line : (uint32_t)mark->line + 1;

	ctr_problems_add(r->problems, line, (uint32_t)mark->column + 1, "%s", text);
}

/* Reads one character at *p; 0 and *p unchanged when it is no UTF-8 (overlong forms and surrogates
 * are none). */
static uint32_t utf8_char(const unsigned char **p, const unsigned char *end)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = *p;
	unsigned int n = *s < 0x80 ? 1 : (*s & 0xe0) == 0xc0 ? 2 : (*s & 0xf0) == 0xe0 ? 3 : 4;
	uint32_t c = n == 1 ? *s : *s & (0x7fU >> n);

	if (n == 4 && (*s & 0xf8) != 0xf0)
		return 0;
	if ((size_t)(end - s) < n)
		return 0;
	for (unsigned int i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*p += n;
	return c;
}

static bool is_control(uint32_t c)
{
	return (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7f && c < 0xa0);
}

/* The first byte that has no place in a document is reported; CR and LF count lines as libyaml
 * does. */
static bool check_bytes(struct reader *r, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text, *end = p + len;
	yaml_mark_t mark = { 0 };
	char buf[80];

	while (p < end) {
		uint32_t c;
		unsigned char byte = *p;

		if (byte >= 0x20 && byte < 0x7f) {
			p++;
			mark.column++;
			continue;
		}
		if (byte == '\n' || byte == '\r') {
			p += byte == '\r' && p + 1 < end && p[1] == '\n' ? 2 : 1;
			mark.line++;
			mark.column = 0;
			continue;
		}
		c = utf8_char(&p, end);
		if (byte && !c) {
			(void)snprintf(buf, sizeof(buf),
				       "byte 0x%02x is not UTF-8; save the text as UTF-8", byte);
			problem(r, &mark, buf);
			return false;
		}
		if (is_control(c) || c == 0x2028 || c == 0x2029 || (c & 0xfffe) == 0xfffe) {
			(void)snprintf(buf, sizeof(buf), "control character U+%04X; remove it", c);
			problem(r, &mark, c ? buf : "NUL byte; remove it");
			return false;
		}
		mark.column++;
	}
	return true;
}

/* What an escape such as "\0" or "\e" brought into a scalar. */
static bool check_scalar(struct reader *r, const yaml_event_t *event)
{
	const unsigned char *p = event->data.scalar.value, *end = p + event->data.scalar.length;
	char buf[80];

	while (p < end) {
		uint32_t c = utf8_char(&p, end);

		if (c && !is_control(c))
			continue;
		(void)snprintf(buf, sizeof(buf), "control character U+%04X in the text; remove it",
			       c);
		problem(r, &event->start_mark, c ? buf : "NUL character in the text; remove it");
		return false;
	}
	return true;
}

/* Puts a finished or just opened node into the innermost list or map. */
static void place(struct reader *r, struct ctr_doc_node *node)
{
	struct ctr_doc_node *same;

	if (!r->open) {
		r->root = node;
		return;
	}
	if (r->open->kind == CTR_DOC_LIST) {
		ctr_doc_attach(r->open, NULL, node);
		return;
	}
	node->parent = r->open;
	same = ctr_doc_get(r->open, r->key->text);
	if (same && !r->key->bad) {
		ctr_problems_add(r->problems, r->key->line, r->key->column,
				 "duplicate key '%s', first given at %u:%u; remove one of them",
				 r->key->text, same->key->line, same->key->column);
	} else if (!r->key->bad) {
		ctr_doc_attach(r->open, r->key, node);
	}
	r->key = NULL;
}

static struct ctr_doc_node *make(struct reader *r, enum ctr_doc_kind kind,
				 const yaml_event_t *event, const char *text, size_t len)
{
	struct ctr_doc_node *node;

	if (r->doc->n_nodes >= CTR_DOC_MAX_NODES) {
		problem(r, &event->start_mark, "more than 65536 values; make the document smaller");
		return NULL;
	}
	node = ctr_doc_new(r->doc, kind, text, len);
	if (!node) {
		r->problems->nomem = true;
		return NULL;
	}
	node->line = r->line ? r->line : (uint32_t)event->start_mark.line + 1;
	node->column = (uint32_t)event->start_mark.column + 1;
	return node;
}

static bool scalar(struct reader *r, const yaml_event_t *event, const char *text, size_t len,
		   bool bad)
{
	struct ctr_doc_node *node = make(r, CTR_DOC_TEXT, event, text, len);

	if (!node)
		return false;
	node->bad = bad;
	node->plain = event->type == YAML_SCALAR_EVENT &&
		      event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	if (r->open && r->open->kind == CTR_DOC_MAP && !r->key) {
		if (r->open->n >= CTR_DOC_MAX_KEYS) {
			problem(r, &event->start_mark,
				"more than 1024 keys in one map; make it smaller");
			return false;
		}
		r->key = node;
		return true;
	}
	place(r, node);
	return true;
}

static bool enter(struct reader *r, const yaml_event_t *event, enum ctr_doc_kind kind)
{
	struct ctr_doc_node *node;

	if (r->depth == CTR_DOC_MAX_DEPTH) {
		problem(r, &event->start_mark,
			"more than 64 levels of nesting; make the document flatter");
		return false;
	}
	node = make(r, kind, event, NULL, 0);
	if (!node)
		return false;
	if (r->open && r->open->kind == CTR_DOC_MAP && !r->key) {
		problem(r, &event->start_mark,
			"a key that is a list or a map; use plain text as key");
		return false;
	}
	place(r, node);
	r->pending[r->depth++] = r->open;
	r->open = node;
	return true;
}

static void check_properties(struct reader *r, const yaml_event_t *event, const yaml_char_t *anchor,
			     const yaml_char_t *tag)
{
	if (anchor)
		problem(r, &event->start_mark,
			"anchors (&name) are not allowed; write the value where it is used");
	if (tag)
		problem(r, &event->start_mark, "tags (!name) are not allowed; remove it");
}

/* false: stop here. */
static bool take(struct reader *r, const yaml_event_t *event)
{
	bool good;

	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (r->root) {
			problem(r, &event->start_mark,
				"a second document; use one file for each container");
			return false;
		}
		if (event->data.document_start.tag_directives.start !=
		    event->data.document_start.tag_directives.end)
			problem(r, &event->start_mark, "tags (!name) are not allowed; remove it");
		return true;
	case YAML_ALIAS_EVENT:
		problem(r, &event->start_mark,
			"aliases (*name) are not allowed; write the value itself");
		return scalar(r, event, "", 0, true);
	case YAML_SCALAR_EVENT:
		check_properties(r, event, event->data.scalar.anchor, event->data.scalar.tag);
		good = check_scalar(r, event);
		return scalar(r, event, (const char *)event->data.scalar.value,
			      event->data.scalar.length, !good);
	case YAML_SEQUENCE_START_EVENT:
		check_properties(r, event, event->data.sequence_start.anchor,
				 event->data.sequence_start.tag);
		return enter(r, event, CTR_DOC_LIST);
	case YAML_MAPPING_START_EVENT:
		check_properties(r, event, event->data.mapping_start.anchor,
				 event->data.mapping_start.tag);
		return enter(r, event, CTR_DOC_MAP);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		r->open = r->pending[--r->depth];
		return true;
	default:
		return true;
	}
}

static void syntax_problem(struct reader *r, const yaml_parser_t *parser, const char *text,
			   size_t len)
{
	yaml_mark_t mark = parser->problem_mark;
	const char *hint = "";
	const char *what = parser->problem ? parser->problem : "unreadable";
	uint32_t line = r->line ? r->line : (uint32_t)mark.line + 1;

	if (parser->error == YAML_MEMORY_ERROR) {
		r->problems->nomem = true;
		return;
	}
	if (parser->error == YAML_READER_ERROR)
		mark = parser->mark;
	if (mark.index < len && text[mark.index] == '\t')
		hint = "; indent with spaces, not tabs";
	else if (!strcmp(what, "mapping values are not allowed in this context"))
		hint = "; quote a text that holds ': ', and check the indentation";
	else if (parser->context && strcmp(what, parser->context))
		hint = NULL;
	if (hint)
		ctr_problems_add(r->problems, line, (uint32_t)mark.column + 1, "not YAML: %s%s",
				 what, hint);
	else
		ctr_problems_add(r->problems, line, (uint32_t)mark.column + 1, "not YAML: %s (%s)",
				 what, parser->context);
}

static bool parse(struct reader *r, const char *text, size_t len)
{
	yaml_parser_t parser;
	bool more = true;

	if (!yaml_parser_initialize(&parser)) {
		r->problems->nomem = true;
		return false;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	while (more) {
		yaml_event_t event;

		if (!yaml_parser_parse(&parser, &event)) {
			syntax_problem(r, &parser, text, len);
			break;
		}
		if (event.type == YAML_STREAM_END_EVENT) {
			yaml_event_delete(&event);
			yaml_parser_delete(&parser);
			return true;
		}
		more = take(r, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return false;
}

struct ctr_doc_node *ctr_doc_read_value(struct ctr_doc *doc, const char *text, size_t len,
					uint32_t line, struct ctr_problems *problems)
{
	struct reader r = { .doc = doc, .problems = problems, .line = line };

	if (len > CTR_DOC_MAX_BYTES) {
		ctr_problems_add(problems, line ? line : 1, 1,
				 "the document is larger than 1 MiB; make it smaller");
		return NULL;
	}
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		text += 3;
		len -= 3;
	}
	if (!check_bytes(&r, text, len) || !parse(&r, text, len))
		return NULL;
	return r.root;
}

bool ctr_doc_read(struct ctr_doc *doc, const char *text, size_t len, struct ctr_problems *problems)
{
	size_t before = problems->total;

	doc->root = ctr_doc_read_value(doc, text, len, 0, problems);
	if (!doc->root && problems->total == before && !problems->nomem)
		ctr_problems_add(problems, 1, 1, "the document is empty; write keys and values");
	return doc->root;
}

struct ctr_doc_node *ctr_doc_get(const struct ctr_doc_node *map, const char *key)
{
	if (!map || map->kind != CTR_DOC_MAP)
		return NULL;
	for (struct ctr_doc_node *node = map->first; node; node = node->next)
		if (!strcmp(node->key->text, key))
			return node;
	return NULL;
}

const struct ctr_doc_node *ctr_doc_item(const struct ctr_doc_node *list, size_t i)
{
	const struct ctr_doc_node *node = list && list->kind == CTR_DOC_LIST ? list->first : NULL;

	while (node && i--)
		node = node->next;
	return node;
}

bool ctr_doc_is_null(const struct ctr_doc_node *node)
{
	return node->kind == CTR_DOC_TEXT && node->plain &&
	       (!*node->text || !strcmp(node->text, "~") || !strcasecmp(node->text, "null"));
}

const char *ctr_doc_path(const struct ctr_doc_node *node, char buf[static 128])
{
	size_t start = 127;

	buf[start] = '\0';
	for (; node; node = node->parent) {
		size_t len = node->key ? strlen(node->key->text) : 0;

		if (!node->key || len + 1 > start)
			continue;
		if (buf[start])
			buf[--start] = '.';
		start -= len;
		memcpy(buf + start, node->key->text, len);
	}
	return buf + start;
}
