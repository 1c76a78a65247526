/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is printed: tables and fields for people, JSON for programs. Names, commands and messages
 * may hold what a container wrote: nothing reaches a terminal that could steer it. CLI process.
 */
#ifndef CTR_CLI_OUT_H
#define CTR_CLI_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/error.h"

struct json_object;

/*
 * Appends len bytes of text, with each control character (C0, DEL, C1, of the writing direction)
 * and each byte that is not UTF-8 replaced by '?'; characters in keep ("\n\t", or "") stay.
 */
void ctr_out_clean(const char *text, size_t len, const char *keep, struct ctr_buf *out);

enum ctr_colour {
	CTR_COLOUR_NONE,
	CTR_COLOUR_BOLD,
	CTR_COLOUR_GREEN,
	CTR_COLOUR_YELLOW,
	CTR_COLOUR_RED
};

/* Whether standard output is a terminal; and whether it takes colours (NO_COLOR is not set, TERM is
 * not dumb). */
bool ctr_out_is_terminal(void);
bool ctr_out_has_colour(void);

/* Rows of cells; columns whose heads begin with '>' are aligned to the right. The null state is all
 * zero. */
struct ctr_table {
	const char *const *heads; /* ended by NULL; not owned */
	size_t n_columns;
	struct ctr_cell {
		char *text;
		enum ctr_colour colour;
	} * cells;
	size_t n_cells, room;
	bool failed; /* out of memory */
};
#define _cleanup_table_ _cleanup_(ctr_table_done)
void ctr_table_start(struct ctr_table *table, const char *const *heads);
/* The next cell, from left to right, row after row; cleaned. */
void ctr_table_cell(struct ctr_table *table, enum ctr_colour colour, const char *fmt, ...)
	CTR_PRINTF(3, 4);
/* The whole as text: aligned; rows cut at width columns (0: never). */
int ctr_table_render(const struct ctr_table *table, size_t width, bool colour,
		     struct ctr_buf *ret_text, struct ctr_error *err);
/* To standard output; on a terminal with colour, and cut at its width. */
int ctr_table_print(const struct ctr_table *table, struct ctr_error *err);
void ctr_table_done(struct ctr_table *table);

/* Writes text to standard output as it is. */
int ctr_out_write(const struct ctr_buf *text, struct ctr_error *err);

/* A JSON string of text, with bytes that are not UTF-8 and control characters above 0x7e replaced;
 * NULL: null. */
struct json_object *ctr_json_text(const char *text);
/* Prints one document and a line break, in many lines on a terminal and in one otherwise; takes
 * object over. */
int ctr_json_print(struct json_object *object, struct ctr_error *err);

#endif
