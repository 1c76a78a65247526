/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NULL-terminated vectors of owned strings, as execve(2) wants them. NULL is the empty vector. */
#ifndef CTR_COMMON_STRV_H
#define CTR_COMMON_STRV_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

size_t ctr_strv_len(char *const *strv);
/* Appends a copy of text. */
int ctr_strv_add(char ***strv, const char *text, struct ctr_error *err);
/* Appends copies of all of from. */
int ctr_strv_add_all(char ***strv, char *const *from, struct ctr_error *err);
/* Sets KEY=VALUE, replacing an entry with the same key: an environment. */
int ctr_strv_setenv(char ***strv, const char *key, const char *value, struct ctr_error *err);
/* The value of KEY, or NULL; borrowed. */
const char *ctr_strv_getenv(char *const *strv, const char *key);
bool ctr_strv_has(char *const *strv, const char *text);
void ctr_strv_free(char **strv);

static inline void ctr_cleanup_strv(char ***strv)
{
	ctr_strv_free(*strv);
	*strv = NULL;
}
#define _cleanup_strv_ _cleanup_(ctr_cleanup_strv)

#endif
