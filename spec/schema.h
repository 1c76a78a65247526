/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The schema as data: one table of rows per section. A row says what a key is called, its type,
 * where its value goes, its range, default and one line of help. Reader, dump, `ctr spec keys`, the
 * JSON Schema and the settings of the command line all walk the same rows.
 *
 * To add a key: a field in the struct, a row here, a rule in validate.c when it interacts, a golden
 * file, a line in ctr-spec(5).
 */
#ifndef CTR_SPEC_SCHEMA_H
#define CTR_SPEC_SCHEMA_H

#include "spec/doc.h"
#include "spec/problem.h"

enum ctr_schema_flags {
	CTR_KEY_REQUIRED = 1,
	CTR_KEY_LATER = 2,       /* known, refused by name: not supported yet */
	CTR_KEY_MULTILINE = 4,   /* the text may hold line breaks and tabs */
	CTR_KEY_EMPTY = 8,       /* an empty text or list is a value */
	CTR_KEY_LAST_LATER = 16, /* the last of the words is not supported yet */
};

struct ctr_schema_key;

struct ctr_schema_type {
	const char
		*name; /* as `ctr spec keys` shows it; NULL: made from the row's words or range */
	const char *json; /* its JSON Schema; NULL: made from the row */
	/* Reads node into the struct at base; what is wrong goes to problems, and the field stays
	 * as it was. */
	void (*read)(const struct ctr_schema_key *key, const struct ctr_doc_node *node, void *base,
		     struct ctr_problems *problems);
	/* Appends the value in flow syntax, or lines of "\n  key: value"; nothing when the key is
	 * not set. */
	void (*dump)(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out);
};

/* Whether text is a value; *ret_why is "what is wrong; what would be right". */
typedef bool ctr_schema_check(const char *text, const char **ret_why);

struct ctr_schema_key {
	const char *name;
	const struct ctr_schema_type *type;
	size_t offset;
	unsigned int flags;
	uint64_t min, max;        /* of numbers, sizes and times; max 0: no bound */
	const char *const *words; /* of a word: index is the value */
	ctr_schema_check *check;  /* of a text, of each of a list of texts, of each key of a map */
	const char *fallback, *help;          /* the default as text */
	const struct ctr_schema_key *section; /* the rows of a section */
};

extern const struct ctr_schema_type ctr_type_section;
extern const struct ctr_schema_type ctr_type_text;       /* char * */
extern const struct ctr_schema_type ctr_type_texts;      /* char ** */
extern const struct ctr_schema_type ctr_type_map;        /* char **, "key=value" */
extern const struct ctr_schema_type ctr_type_word;       /* an enum, by index into words */
extern const struct ctr_schema_type ctr_type_either;     /* bool: words[false], words[true] */
extern const struct ctr_schema_type ctr_type_bool;       /* bool */
extern const struct ctr_schema_type ctr_type_number;     /* uint64_t */
extern const struct ctr_schema_type ctr_type_number32;   /* uint32_t */
extern const struct ctr_schema_type ctr_type_limit;      /* uint64_t or "max", UINT64_MAX */
extern const struct ctr_schema_type ctr_type_size;       /* uint64_t bytes */
extern const struct ctr_schema_type ctr_type_size_limit; /* uint64_t bytes or "max", UINT64_MAX */
extern const struct ctr_schema_type ctr_type_duration;   /* uint64_t microseconds */
extern const struct ctr_schema_type ctr_type_later;      /* any value: of rows with CTR_KEY_LATER */

/* The tables of the specification in canonical order, ended by NULL; each is ended by a row without
 * a name. */
extern const struct ctr_schema_key *const ctr_spec_tables[];

/* Binds a map to the struct at base. Every problem is reported; unknown keys with the closest known
 * one. */
void ctr_schema_bind(const struct ctr_schema_key *const *tables, const struct ctr_doc_node *map,
		     void *base, struct ctr_problems *problems);
/* The row of a dotted path ("cpu.weight"); for a path into a map ("environment.TZ") the map's row,
 * and *ret_rest. */
const struct ctr_schema_key *ctr_schema_find(const struct ctr_schema_key *const *tables,
					     const char *path, const char **ret_rest);
/* Appends "key: value" lines of everything that is set. */
void ctr_schema_dump(const struct ctr_schema_key *const *tables, const void *base,
		     struct ctr_buf *out);

/* "path: text" at the node's position; silent for a node that was reported already. */
void ctr_schema_problem(struct ctr_problems *problems, const struct ctr_doc_node *node,
			const char *fmt, ...) CTR_PRINTF(3, 4);
/* "'value' is not a size" and the like: a problem that names what is there and what is wanted. */
void ctr_schema_wanted(struct ctr_problems *problems, const struct ctr_doc_node *node,
		       const char *wanted);
/* "'value': why", where why is a reason that another folder gave; the remedy is added when it names
 * none. */
void ctr_schema_reason(struct ctr_problems *problems, const struct ctr_doc_node *node,
		       const char *why, const char *remedy);
/* The text of a node that must be a TEXT, or NULL and a problem. */
const char *ctr_schema_text(const struct ctr_doc_node *node, struct ctr_problems *problems);
/* Whether node is a list, which is not empty unless the row allows it; otherwise a problem. */
bool ctr_schema_list(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
		     struct ctr_problems *problems);
/* Grows an array by one zeroed element; NULL and nomem when it cannot. */
void *ctr_schema_grow(void **array, size_t *n, size_t size, struct ctr_problems *problems);

/* YAML flow syntax: plain where nobody can misread it, else double-quoted. */
void ctr_dump_text(const char *text, struct ctr_buf *out);
void ctr_dump_texts(char *const *texts, struct ctr_buf *out);
void ctr_dump_size(uint64_t bytes, struct ctr_buf *out);

/* Writes nothing: for keys that another row writes, or that are not supported yet. */
void ctr_later_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out);

#define CTR_FIELD(base, key, type) ((type *)((char *)(base) + (key)->offset))
#define CTR_CONST_FIELD(base, key, type) ((type const *)((const char *)(base) + (key)->offset))

#endif
