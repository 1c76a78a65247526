/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Growable strings. Any process. */
#include "common/buf.h"

#include <stdarg.h>
#include <string.h>

static bool reserve(struct ctr_buf *buf, size_t more)
{
	size_t need = buf->len + more + 1;
	size_t cap = buf->cap ? buf->cap : 128;
	char *data;

	if (buf->failed)
		return false;
	if (need <= buf->cap)
		return true;
	while (cap < need)
		cap *= 2;
	data = realloc(buf->data, cap);
	if (!data) {
		buf->failed = true;
		return false;
	}
	buf->data = data;
	buf->cap = cap;
	return true;
}

void ctr_buf_add(struct ctr_buf *buf, const void *data, size_t len)
{
	if (!reserve(buf, len))
		return;
	memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void ctr_buf_puts(struct ctr_buf *buf, const char *text)
{
	ctr_buf_add(buf, text, strlen(text));
}

void ctr_buf_printf(struct ctr_buf *buf, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !reserve(buf, (size_t)n)) {
		buf->failed = true;
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf->len += (size_t)n;
}

const char *ctr_buf_str(const struct ctr_buf *buf)
{
	return buf->data ? buf->data : "";
}

int ctr_buf_check(const struct ctr_buf *buf, struct ctr_error *err)
{
	return buf->failed ? ctr_err_nomem(err) : 0;
}

char *ctr_buf_steal(struct ctr_buf *buf)
{
	char *data;

	if (!buf->failed && !buf->data)
		ctr_buf_puts(buf, "");
	data = buf->failed ? NULL : CTR_TAKE_PTR(buf->data);
	ctr_buf_done(buf);
	return data;
}

void ctr_buf_done(struct ctr_buf *buf)
{
	free(buf->data);
	*buf = (struct ctr_buf){ 0 };
}
