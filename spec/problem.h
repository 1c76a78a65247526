/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything that is wrong with one document, collected and printed together, sorted by position:
 *
 *	web.yaml:7:3: unknown key 'memroy'; did you mean 'memory'?
 *	    7 |   memroy:
 *	      |   ^
 */
#ifndef CTR_SPEC_PROBLEM_H
#define CTR_SPEC_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/error.h"

#define CTR_PROBLEMS_MAX 50

struct ctr_problem {
	uint32_t line, column; /* from 1; line 0: the document as a whole */
	char *text;
};

struct ctr_problems {
	const char *source; /* the document's name; borrowed */
	const char *text;   /* the document, for the line that is shown; borrowed, may be NULL */
	size_t len;
	char *const *settings; /* "key=value": line N is settings[N - 1]; NULL for a file */
	struct ctr_problem items[CTR_PROBLEMS_MAX];
	size_t n;     /* kept */
	size_t total; /* found */
	bool nomem;   /* something could not be stored: the whole reading fails */
};

void ctr_problems_add(struct ctr_problems *problems, uint32_t line, uint32_t column,
		      const char *fmt, ...) CTR_PRINTF(4, 5);
/*
 * 0 when there was no problem. Otherwise -1: CTR_E_SPEC with the summary in err and the text
 * appended to ret_text, or ENOMEM.
 */
int ctr_problems_finish(struct ctr_problems *problems, struct ctr_buf *ret_text,
			struct ctr_error *err);
void ctr_problems_done(struct ctr_problems *problems);

/* text for a message: at most 40 characters, on one line; buf holds 64 bytes. */
const char *ctr_problem_quote(const char *text, char buf[static 64]);

#endif
