/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * "name", "uid", "name:group", "uid:gid" -> ids, by the passwd and group files of the container. They are the container's:
 * opened inside its root, regular files only, read up to a limit, every number strictly parsed (CVE-2026-30892).
 */
#include <string.h>

#include "common/parse.h"
#include "common/path.h"
#include "security/sec_int.h"

#define FILE_MAX (1 << 20)
#define GROUPS_MAX 256
#define ID_MAX 4294967293u /* -1 and -2 mean other things */

/* Splits a line at colons into n fields; false when there are fewer. The text is cut in place. */
static bool split(char *line, char **fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *colon = strchr(line, ':');

		fields[i] = line;
		if (!colon)
			return i + 1 == n;
		*colon = '\0';
		line = colon + 1;
	}
	return true;
}

static int read_table(int rootfd, const char *path, struct ctr_buf *ret_text, struct ctr_error *err)
{
	if (ctr_path_read_in(rootfd, path, FILE_MAX, ret_text, err) == 0)
		return strlen(ctr_buf_str(ret_text)) == ret_text->len
			       ? 0
			       : ctr_err_set(err, CTR_E_SPEC,
					     "%s in the container contains a NUL byte", path);
	/* None is an empty one: numbers still work. */
	if (err->code == CTR_E_SYS && err->sys_errno == ENOENT)
		return 0;
	return -1;
}

/* The passwd line of a name, or of a uid when name is NULL. 1: found, 0: not, -1: damaged. */
static int find_user(char *text, const char *name, uid_t uid, struct ctr_sec_ids *ids,
		     struct ctr_error *err)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *f[6];
		uint32_t line_uid, line_gid;

		if (!split(line, f, 6))
			continue;
		if (!ctr_parse_u32(f[2], ID_MAX, &line_uid) ||
		    !ctr_parse_u32(f[3], ID_MAX, &line_gid)) {
			if (name && !strcmp(f[0], name))
				return ctr_err_set(
					err, CTR_E_SPEC,
					"user '%s' has no valid ids in the container's passwd",
					name);
			continue;
		}
		if (name ? strcmp(f[0], name) != 0 : line_uid != uid)
			continue;
		ids->uid = line_uid;
		ids->gid = line_gid;
		ids->name = strdup(f[0]);
		ids->home = strdup(f[5][0] == '/' ? f[5] : "/");
		return ids->name && ids->home ? 1 : ctr_err_nomem(err);
	}
	return 0;
}

static bool is_member(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (*list) {
		size_t n = strcspn(list, ",");

		if (n == len && !strncmp(list, name, n))
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

static int add_group(struct ctr_sec_ids *ids, gid_t gid, struct ctr_error *err)
{
	gid_t *grown;

	if (ids->n_groups == GROUPS_MAX)
		return 0;
	grown = realloc(ids->groups, (ids->n_groups + 1) * sizeof(*grown));
	if (!grown)
		return ctr_err_nomem(err);
	grown[ids->n_groups++] = gid;
	ids->groups = grown;
	return 0;
}

/* The gid of a group's name (want) and the groups that list the user. */
static int read_groups(char *text, const char *want, struct ctr_sec_ids *ids, struct ctr_error *err)
{
	char *save = NULL;
	bool found = !want;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *f[4];
		uint32_t gid;

		if (!split(line, f, 4) || !ctr_parse_u32(f[2], ID_MAX, &gid))
			continue;
		if (want && !strcmp(f[0], want)) {
			ids->gid = gid;
			found = true;
		}
		if (!want && ids->name && is_member(f[3], ids->name) &&
		    add_group(ids, gid, err) < 0)
			return -1;
	}
	return found ? 0 : ctr_err_set(err, CTR_E_NOTFOUND, "no group '%s' in the container", want);
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

static int resolve_user(int rootfd, const char *user, struct ctr_sec_ids *ids,
			struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	bool number = is_number(user);
	uint32_t uid = 0;
	int found;

	if (number && !ctr_parse_u32(user, ID_MAX, &uid))
		return ctr_err_set(err, CTR_E_SPEC, "user '%s' is no valid uid", user);
	if (!*user || user[0] == '-')
		return ctr_err_set(err, CTR_E_SPEC, "user '%s' is neither a name nor a uid", user);
	if (read_table(rootfd, "/etc/passwd", &text, err) < 0)
		return -1;
	ids->uid = uid;
	ids->gid = 0;
	found = text.len ? find_user(text.data, number ? NULL : user, uid, ids, err) : 0;
	if (found < 0)
		return -1;
	if (!found && !number && strcmp(user, "root"))
		return ctr_err_set(err, CTR_E_NOTFOUND, "no user '%s' in the container's passwd",
				   user);
	return 0;
}

static int resolve_group(int rootfd, const char *group, struct ctr_sec_ids *ids,
			 struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	uint32_t gid;

	if (group && is_number(group)) {
		if (!ctr_parse_u32(group, ID_MAX, &gid))
			return ctr_err_set(err, CTR_E_SPEC, "group '%s' is no valid gid", group);
		ids->gid = gid;
		return 0;
	}
	if (!group && !ids->name)
		return 0;
	if (read_table(rootfd, "/etc/group", &text, err) < 0)
		return -1;
	if (!text.len && group)
		return ctr_err_set(err, CTR_E_NOTFOUND, "no group '%s' in the container", group);
	return text.len ? read_groups(text.data, group, ids, err) : 0;
}

int ctr_sec_ids_resolve(int rootfd, const char *user, struct ctr_sec_ids *ret_ids,
			struct ctr_error *err)
{
	struct ctr_sec_ids ids = { 0 };
	char copy[256];
	char *colon;

	/* Root by default needs no file at all: the usual case on the hot path. */
	if (!user) {
		ids.home = strdup("/root");
		*ret_ids = ids;
		return ids.home ? 0 : ctr_err_nomem(err);
	}
	if (snprintf(copy, sizeof(copy), "%s", user) >= (int)sizeof(copy))
		return ctr_err_set(err, CTR_E_SPEC, "the user's name is too long");
	colon = strchr(copy, ':');
	if (colon)
		*colon = '\0';
	if (resolve_user(rootfd, copy, &ids, err) < 0 ||
	    resolve_group(rootfd, colon ? colon + 1 : NULL, &ids, err) < 0) {
		ctr_sec_ids_done(&ids);
		return -1;
	}
	*ret_ids = ids;
	return 0;
}

void ctr_sec_ids_done(struct ctr_sec_ids *ids)
{
	free(ids->groups);
	free(ids->home);
	free(ids->name);
	*ids = (struct ctr_sec_ids){ 0 };
}
