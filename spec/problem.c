/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Collects problems and shows them with the line they are in. The document may be anybody's: what
 * is shown of it is clipped and free of control bytes, so that a terminal is not steered by it. Any
 * process.
 */
#include "spec/problem.h"

#include <stdarg.h>
#include <string.h>

#define SHOWN_COLUMNS 76

void ctr_problems_add(struct ctr_problems *problems, uint32_t line, uint32_t column,
		      const char *fmt, ...)
{
	struct ctr_problem *item;
	va_list ap;
	int n;

	problems->total++;
	if (problems->n == CTR_PROBLEMS_MAX)
		return;
	item = &problems->items[problems->n];
	va_start(ap, fmt);
	n = vasprintf(&item->text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		problems->nomem = true;
		return;
	}
	item->line = line;
	item->column = column;
	problems->n++;
}

const char *ctr_problem_quote(const char *text, char buf[static 64])
{
	size_t out = 0, chars = 0;

	for (size_t i = 0; text[i]; i++) {
		unsigned char c = (unsigned char)text[i];
		bool starts = (c & 0xc0) != 0x80;

		/* Cut only between characters; 57 leaves room for one of 4 bytes and the dots. */
		if (starts && (chars == 40 || out > 55)) {
			memcpy(buf + out, "...", 3);
			out += 3;
			break;
		}
		chars += starts;
		buf[out++] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	buf[out] = '\0';
	return buf;
}

/* The start of line number `line`, as libyaml counts lines: LF, CR LF or CR ends one. */
static const char *line_start(const char *text, const char *end, uint32_t line)
{
	while (line > 1 && text < end) {
		if (*text == '\r' && text + 1 < end && text[1] == '\n')
			text++;
		if (*text == '\n' || *text == '\r')
			line--;
		text++;
	}
	return line == 1 ? text : NULL;
}

static size_t char_len(const char *p, const char *end)
{
	size_t n = 1;

	while (p + n < end && ((unsigned char)p[n] & 0xc0) == 0x80 && n < 4)
		n++;
	return n;
}

static void show_char(const char *p, size_t n, struct ctr_buf *out)
{
	unsigned char c = (unsigned char)*p;

	if (c == '\t')
		ctr_buf_puts(out, " ");
	else if (c < 0x20 || c == 0x7f || (c >= 0x80 && n == 1) ||
		 (c == 0xc2 && (unsigned char)p[1] < 0xa0))
		ctr_buf_puts(out, "?");
	else
		ctr_buf_add(out, p, n);
}

/* The line, or a window of it around the column, and the caret below. */
static void show_line(const struct ctr_problems *problems, const struct ctr_problem *item,
		      struct ctr_buf *out)
{
	const char *end = problems->text + problems->len;
	const char *p = line_start(problems->text, end, item->line);
	uint32_t column = 1, first = 1;

	if (!p)
		return;
	if (item->column > SHOWN_COLUMNS)
		first = item->column - SHOWN_COLUMNS / 2;
	ctr_buf_printf(out, "%5u |%s", item->line, first > 1 ? " ..." : " ");
	while (p < end && *p != '\n' && *p != '\r') {
		size_t n = char_len(p, end);

		if (column >= first + SHOWN_COLUMNS) {
			ctr_buf_puts(out, "...");
			break;
		}
		if (column >= first)
			show_char(p, n, out);
		column++;
		p += n;
	}
	ctr_buf_printf(out, "\n      |%s%*s^\n", first > 1 ? "    " : " ",
		       (int)(item->column - first), "");
}

static void show(const struct ctr_problems *problems, const struct ctr_problem *item,
		 struct ctr_buf *out)
{
	if (problems->settings && item->line) {
		const char *setting = problems->settings[item->line - 1];
		size_t len = strcspn(setting, "=");
		const char *text = item->text;

		/* "cpu.weight: ..." need not be said twice */
		if (!strncmp(text, setting, len) && !strncmp(text + len, ": ", 2))
			text += len + 2;
		ctr_buf_printf(out, "--set %.*s: %s\n", (int)len, setting, text);
	} else if (!item->line || problems->settings) {
		ctr_buf_printf(out, "%s: %s\n", problems->source, item->text);
	} else {
		ctr_buf_printf(out, "%s:%u:%u: %s\n", problems->source, item->line, item->column,
			       item->text);
		if (problems->text)
			show_line(problems, item, out);
	}
}

/* Stable: problems of one place stay in the order in which they were found. */
static void sort(struct ctr_problems *problems)
{
	for (size_t i = 1; i < problems->n; i++) {
		struct ctr_problem item = problems->items[i];
		size_t j = i;

		for (; j > 0; j--) {
			const struct ctr_problem *before = &problems->items[j - 1];

			if (before->line < item.line ||
			    (before->line == item.line && before->column <= item.column))
				break;
			problems->items[j] = *before;
		}
		problems->items[j] = item;
	}
}

int ctr_problems_finish(struct ctr_problems *problems, struct ctr_buf *ret_text,
			struct ctr_error *err)
{
	if (problems->nomem)
		return ctr_err_nomem(err);
	if (!problems->total)
		return 0;
	sort(problems);
	for (size_t i = 0; i < problems->n; i++)
		show(problems, &problems->items[i], ret_text);
	if (problems->total > problems->n)
		ctr_buf_printf(ret_text, "%s: only the first %zu of %zu problems are shown\n",
			       problems->source, problems->n, problems->total);
	if (ctr_buf_check(ret_text, err) < 0)
		return -1;
	return ctr_err_set(err, CTR_E_SPEC, "%s: %zu problem%s", problems->source, problems->total,
			   problems->total == 1 ? "" : "s");
}

void ctr_problems_done(struct ctr_problems *problems)
{
	for (size_t i = 0; i < problems->n; i++)
		free(problems->items[i].text);
	problems->n = 0;
}
