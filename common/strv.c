/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* String vectors. Any process. */
#include "common/strv.h"

#include <string.h>

size_t ctr_strv_len(char *const *strv)
{
	size_t n = 0;

	while (strv && strv[n])
		n++;
	return n;
}

/* Takes ownership of text, also on failure. */
static int push(char ***strv, char *text, struct ctr_error *err)
{
	size_t n = ctr_strv_len(*strv);
	char **grown;

	if (!text)
		return ctr_err_nomem(err);
	grown = realloc(*strv, (n + 2) * sizeof(*grown));
	if (!grown) {
		free(text);
		return ctr_err_nomem(err);
	}
	grown[n] = text;
	grown[n + 1] = NULL;
	*strv = grown;
	return 0;
}

int ctr_strv_add(char ***strv, const char *text, struct ctr_error *err)
{
	return push(strv, strdup(text), err);
}

int ctr_strv_add_all(char ***strv, char *const *from, struct ctr_error *err)
{
	for (size_t i = 0; from && from[i]; i++)
		if (ctr_strv_add(strv, from[i], err) < 0)
			return -1;
	return 0;
}

static size_t find_key(char *const *strv, const char *key)
{
	size_t len = strlen(key);
	size_t i = 0;

	for (; strv && strv[i]; i++)
		if (!strncmp(strv[i], key, len) && strv[i][len] == '=')
			break;
	return i;
}

int ctr_strv_setenv(char ***strv, const char *key, const char *value, struct ctr_error *err)
{
	size_t i = find_key(*strv, key);
	char *entry;

	if (asprintf(&entry, "%s=%s", key, value) < 0)
		return ctr_err_nomem(err);
	if (!*strv || !(*strv)[i])
		return push(strv, entry, err);
	free((*strv)[i]);
	(*strv)[i] = entry;
	return 0;
}

const char *ctr_strv_getenv(char *const *strv, const char *key)
{
	size_t i = find_key(strv, key);

	return strv && strv[i] ? strv[i] + strlen(key) + 1 : NULL;
}

bool ctr_strv_has(char *const *strv, const char *text)
{
	for (size_t i = 0; strv && strv[i]; i++)
		if (!strcmp(strv[i], text))
			return true;
	return false;
}

void ctr_strv_free(char **strv)
{
	for (size_t i = 0; strv && strv[i]; i++)
		free(strv[i]);
	free(strv);
}
