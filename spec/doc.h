/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A YAML (or JSON) document as a read-only tree in which every node knows its line and column. What
 * YAML has beyond that is refused: anchors and aliases, tags, several documents, keys that are no
 * text, duplicate keys, control bytes. Limits: 1 MiB, 64 levels, 65536 nodes, 1024 keys in one map.
 */
#ifndef CTR_SPEC_DOC_H
#define CTR_SPEC_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec/problem.h"

#define CTR_DOC_MAX_BYTES (1024 * 1024)
#define CTR_DOC_MAX_DEPTH 64
#define CTR_DOC_MAX_NODES 65536
#define CTR_DOC_MAX_KEYS 1024

enum ctr_doc_kind { CTR_DOC_TEXT, CTR_DOC_LIST, CTR_DOC_MAP };

struct ctr_doc_node {
	enum ctr_doc_kind kind;
	bool plain;               /* TEXT without quotes */
	bool bad;                 /* a problem was reported already: to be passed over in silence */
	uint32_t line, column;    /* from 1 */
	uint32_t n;               /* children */
	const char *text;         /* TEXT: NUL-terminated UTF-8 without NUL inside */
	struct ctr_doc_node *key; /* in a MAP: the key's node */
	struct ctr_doc_node *parent; /* NULL: the root */
	struct ctr_doc_node *first, *last, *next;
};

struct ctr_doc {
	struct ctr_doc_node *root;
	struct ctr_doc_chunk *chunks;
	size_t n_nodes;
};

/*
 * Reads text (any bytes) into the tree. false: no tree, problems says why (or nomem). true: a tree,
 * perhaps with problems beside it. The tree does not refer to text.
 */
bool ctr_doc_read(struct ctr_doc *doc, const char *text, size_t len, struct ctr_problems *problems);
/* The same for one setting: every node gets this line. Returns the root, which belongs to no
 * parent, or NULL. */
struct ctr_doc_node *ctr_doc_read_value(struct ctr_doc *doc, const char *text, size_t len,
					uint32_t line, struct ctr_problems *problems);
/* A new node of this document; text is copied. NULL: out of memory. */
struct ctr_doc_node *ctr_doc_new(struct ctr_doc *doc, enum ctr_doc_kind kind, const char *text,
				 size_t len);
/* Makes node the last child; key is NULL in a list. */
void ctr_doc_attach(struct ctr_doc_node *parent, struct ctr_doc_node *key,
		    struct ctr_doc_node *node);
void ctr_doc_done(struct ctr_doc *doc);

/* The value of a key, or NULL (also when map is NULL or no map). */
struct ctr_doc_node *ctr_doc_get(const struct ctr_doc_node *map, const char *key);
/* Item number i of a list, or NULL. */
const struct ctr_doc_node *ctr_doc_item(const struct ctr_doc_node *list, size_t i);
/* Whether it stands for "nothing": empty, ~ or null, unquoted. */
bool ctr_doc_is_null(const struct ctr_doc_node *node);
/* "cpu.weight": the keys on the way from the root; buf holds 128 bytes. */
const char *ctr_doc_path(const struct ctr_doc_node *node, char buf[static 128]);

#endif
