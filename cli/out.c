/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables and JSON on standard output. CLI process; no locale: widths are counted in characters of
 * UTF-8. */
#include "cli/out.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include "common/fd.h"

/* The character at p: its length, or 0 when it is not UTF-8 (RFC 3629: shortest form, no
 * surrogates). */
static size_t decode(const char *p, size_t len, uint32_t *ret_code)
{
	const unsigned char *u = (const unsigned char *)p;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = u[0] < 0x80 ? 1 : u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : u[0] >= 0xc0 ? 2 : 0;
	uint32_t code = n == 1 ? u[0] : u[0] & (0xffu >> (n + 1));

	if (n == 0 || n > len || u[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (u[i] & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret_code = code;
	return n;
}

/* What moves the cursor, changes the terminal's state, or makes text read other than it is stored.
 */
static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e ||
	       code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

void ctr_out_clean(const char *text, size_t len, const char *keep, struct ctr_buf *out)
{
	size_t done = 0;

	for (size_t i = 0; i < len;) {
		uint32_t code;
		size_t n = decode(text + i, len - i, &code);

		if (n && (!is_control(code) || (code && code < 0x80 && strchr(keep, (int)code)))) {
			i += n;
			continue;
		}
		ctr_buf_add(out, text + done, i - done);
		ctr_buf_add(out, "?", 1);
		i += n ? n : 1;
		done = i;
	}
	ctr_buf_add(out, text + done, len - done);
}

bool ctr_out_is_terminal(void)
{
	return isatty(STDOUT_FILENO);
}

bool ctr_out_has_colour(void)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	return ctr_out_is_terminal() && (!none || !*none) && term && *term &&
	       strcmp(term, "dumb") != 0;
}

int ctr_out_write(const struct ctr_buf *text, struct ctr_error *err)
{
	if (ctr_buf_check(text, err) < 0)
		return -1;
	if (ctr_fd_write_all(STDOUT_FILENO, ctr_buf_str(text), text->len, err) < 0)
		return ctr_err_wrap(err, "standard output");
	return 0;
}

void ctr_table_start(struct ctr_table *table, const char *const *heads)
{
	*table = (struct ctr_table){ .heads = heads };
	while (heads[table->n_columns])
		table->n_columns++;
}

void ctr_table_cell(struct ctr_table *table, enum ctr_colour colour, const char *fmt, ...)
{
	_cleanup_free_ char *raw = NULL;
	_cleanup_buf_ struct ctr_buf clean = { 0 };
	va_list ap;
	int n;

	if (table->n_cells == table->room) {
		size_t room = table->room ? table->room * 2 : 64;
		struct ctr_cell *grown = realloc(table->cells, room * sizeof(*grown));

		if (!grown) {
			table->failed = true;
			return;
		}
		table->cells = grown;
		table->room = room;
	}
	va_start(ap, fmt);
	n = vasprintf(&raw, fmt, ap);
	va_end(ap);
	if (n < 0) {
		raw = NULL;
		table->failed = true;
		return;
	}
	ctr_out_clean(raw, (size_t)n, "", &clean);
	table->cells[table->n_cells].text = ctr_buf_steal(&clean);
	if (!table->cells[table->n_cells].text) {
		table->failed = true;
		return;
	}
	table->cells[table->n_cells++].colour = colour;
}

static size_t columns_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* How many bytes the first n characters have. */
static size_t bytes_of(const char *text, size_t n)
{
	size_t i = 0;

	for (; text[i]; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80 && n-- == 0)
			break;
	return i;
}

struct row {
	size_t left; /* columns that are left of the terminal's line */
	bool colour;
	struct ctr_buf *out;
};

static void pad(struct row *row, size_t n)
{
	if (n > row->left)
		n = row->left;
	row->left -= n;
	ctr_buf_printf(row->out, "%*s", (int)n, "");
}

static void put_cell(struct row *row, const char *text, enum ctr_colour colour, size_t width,
		     bool right, bool last)
{
	static const char *const codes[] = {
		[CTR_COLOUR_NONE] = "",          [CTR_COLOUR_BOLD] = "\033[1m",
		[CTR_COLOUR_GREEN] = "\033[32m", [CTR_COLOUR_YELLOW] = "\033[33m",
		[CTR_COLOUR_RED] = "\033[31m",
	};
	size_t used = columns_of(text), shown = used;
	bool coloured;

	if (right && used < width)
		pad(row, width - used);
	if (shown > row->left)
		shown = row->left;
	coloured = row->colour && colour != CTR_COLOUR_NONE && shown > 0;
	ctr_buf_puts(row->out, coloured ? codes[colour] : "");
	/* What is cut ends with dots, so that it does not read like the whole. */
	if (shown < used && shown > 2) {
		ctr_buf_add(row->out, text, bytes_of(text, shown - 2));
		ctr_buf_puts(row->out, "..");
	} else {
		ctr_buf_add(row->out, text, bytes_of(text, shown));
	}
	ctr_buf_puts(row->out, coloured ? "\033[0m" : "");
	row->left -= shown;
	if (last)
		return;
	if (!right && used < width)
		pad(row, width - used);
	pad(row, 2);
}

static bool is_right(const char *head)
{
	return *head == '>';
}

int ctr_table_render(const struct ctr_table *table, size_t width, bool colour,
		     struct ctr_buf *ret_text, struct ctr_error *err)
{
	size_t widths[16] = { 0 }, n = table->n_columns;
	struct row row = { .colour = colour, .out = ret_text };

	if (table->failed)
		return ctr_err_nomem(err);
	if (n == 0 || n > CTR_ARRAY_LEN(widths) || table->n_cells % n != 0)
		return ctr_err_set(err, CTR_E_INTERNAL, "a table has %zu columns and %zu cells", n,
				   table->n_cells);
	for (size_t i = 0; i < n; i++)
		widths[i] = columns_of(table->heads[i] + is_right(table->heads[i]));
	for (size_t i = 0; i < table->n_cells; i++)
		if (columns_of(table->cells[i].text) > widths[i % n])
			widths[i % n] = columns_of(table->cells[i].text);
	for (size_t i = 0; i < n + table->n_cells; i++) {
		const char *head = table->heads[i % n];
		const struct ctr_cell *cell = i < n ? NULL : &table->cells[i - n];

		if (i % n == 0)
			row.left = width ? width : SIZE_MAX;
		put_cell(&row, cell ? cell->text : head + is_right(head),
			 cell ? cell->colour : CTR_COLOUR_BOLD, widths[i % n], is_right(head),
			 i % n == n - 1);
		if (i % n == n - 1)
			ctr_buf_puts(ret_text, "\n");
	}
	return ctr_buf_check(ret_text, err);
}

int ctr_table_print(const struct ctr_table *table, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	struct winsize size = { 0 };

	if (ctr_out_is_terminal())
		(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	if (ctr_table_render(table, size.ws_col, ctr_out_has_colour(), &text, err) < 0)
		return -1;
	return ctr_out_write(&text, err);
}

void ctr_table_done(struct ctr_table *table)
{
	for (size_t i = 0; i < table->n_cells; i++)
		free(table->cells[i].text);
	free(table->cells);
	*table = (struct ctr_table){ 0 };
}

struct json_object *ctr_json_text(const char *text)
{
	_cleanup_buf_ struct ctr_buf clean = { 0 };
	size_t len = text ? strlen(text) : 0, done = 0;

	if (!text)
		return NULL;
	for (size_t i = 0; i < len;) {
		uint32_t code;
		size_t n = decode(text + i, len - i, &code);

		/* The library escapes those below 0x20 itself. */
		if (n && (code < 0x20 || !is_control(code))) {
			i += n;
			continue;
		}
		ctr_buf_add(&clean, text + done, i - done);
		ctr_buf_puts(&clean, "\357\277\275"); /* U+FFFD */
		i += n ? n : 1;
		done = i;
	}
	ctr_buf_add(&clean, text + done, len - done);
	return json_object_new_string_len(ctr_buf_str(&clean), (int)clean.len);
}

int ctr_json_print(struct json_object *object, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	int style = JSON_C_TO_STRING_NOSLASHESCAPE |
		    (ctr_out_is_terminal() ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED
					   : JSON_C_TO_STRING_PLAIN);
	const char *printed = json_object_to_json_string_ext(object, style);

	if (printed) {
		ctr_buf_puts(&text, printed);
		ctr_buf_puts(&text, "\n");
	}
	json_object_put(object);
	return printed ? ctr_out_write(&text, err) : ctr_err_nomem(err);
}
