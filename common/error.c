/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Building and classifying the error value. Any process; allocates nothing. */
#include "common/error.h"

#include <stdarg.h>
#include <string.h>

static void vset(struct ctr_error *err, const char *fmt, va_list ap)
{
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
}

static void append(struct ctr_error *err, const char *text)
{
	size_t used = strlen(err->msg);

	(void)snprintf(err->msg + used, sizeof(err->msg) - used, "%s", text);
}

int ctr_err_sys(struct ctr_error *err, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	vset(err, fmt, ap);
	va_end(ap);
	err->code = CTR_E_SYS;
	err->sys_errno = (uint16_t)saved;
	append(err, ": ");
	append(err, strerror(saved));
	errno = saved;
	return -1;
}

int ctr_err_set(struct ctr_error *err, enum ctr_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vset(err, fmt, ap);
	va_end(ap);
	err->code = (uint16_t)code;
	err->sys_errno = 0;
	return -1;
}

int ctr_err_wrap(struct ctr_error *err, const char *fmt, ...)
{
	struct ctr_error inner = *err;
	va_list ap;

	va_start(ap, fmt);
	vset(err, fmt, ap);
	va_end(ap);
	append(err, ": ");
	append(err, inner.msg);
	return -1;
}

int ctr_err_hint(struct ctr_error *err, const char *fmt, ...)
{
	char hint[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(hint, sizeof(hint), fmt, ap);
	va_end(ap);
	append(err, "; ");
	append(err, hint);
	return -1;
}

int ctr_err_nomem(struct ctr_error *err)
{
	errno = ENOMEM;
	return ctr_err_sys(err, "allocate memory");
}

int ctr_err_exit_status(const struct ctr_error *err)
{
	switch ((enum ctr_code)err->code) {
	case CTR_OK:
		return 0;
	case CTR_E_USAGE:
	case CTR_E_SPEC:
		return 2;
	case CTR_E_STATE:
	case CTR_E_EXISTS:
		return 3;
	case CTR_E_NOTFOUND:
		return 4;
	case CTR_E_HOST:
		return 5;
	case CTR_E_EXEC:
		return err->sys_errno == ENOENT ? 127 : 126;
	case CTR_E_SYS:
	case CTR_E_PEER:
	case CTR_E_INTERNAL:
		break;
	}
	return 1;
}
