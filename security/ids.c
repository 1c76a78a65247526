/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * "name", "uid", "name:group", "uid:gid" -> ids, by the passwd and group files of the container. Runs in init and exec, as
 * root of the container. The files are the container's and hostile: opened inside its root without blocking, regular only,
 * read up to a limit; a number is the whole string or it is refused (CVE-2026-30892: "-u 1" became 0), digits are never
 * looked up as a name, and nothing that is damaged turns into root.
 */
#include <stdlib.h>
#include <string.h>

#include "common/parse.h"
#include "common/path.h"
#include "security/sec_int.h"

#define FILE_MAX (4 << 20)
#define GROUPS_MAX 65536   /* NGROUPS_MAX */
#define ID_MAX 4294967293u /* -1 means "leave it" to setresuid(2), -2 was nobody to NFS */
#define USER_MAX 256

/* 1: read, 0: there is none, -1: it cannot be used. */
static int read_table(int rootfd, const char *path, struct ctr_buf *ret_text, struct ctr_error *err)
{
	if (ctr_path_read_in(rootfd, path, FILE_MAX, ret_text, err) < 0) {
		if (err->sys_errno == ENOENT || err->sys_errno == ENOTDIR)
			return 0;
		err->code = CTR_E_SPEC;
		return -1;
	}
	if (memchr(ctr_buf_str(ret_text), '\0', ret_text->len))
		return ctr_err_set(err, CTR_E_SPEC, "%s in the root contains a NUL byte", path);
	return 1;
}

/* The next line of *text, cut in place into n fields at colons (the last keeps the rest); skips shorter lines. */
static bool next_entry(char **text, char **fields, size_t n)
{
	char *line;

	while ((line = strsep(text, "\n"))) {
		size_t i = 0;

		/* '+' and '-' begin entries of the NIS days. */
		if (*line == '+' || *line == '-' || *line == '#')
			continue;
		while (i < n - 1 && (fields[i] = strsep(&line, ":")))
			i++;
		if (i == n - 1 && line) {
			fields[i] = line;
			return true;
		}
	}
	return false;
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

static int check_name(const char *text, const char *what, struct ctr_error *err)
{
	/* A sign or white space makes it look like a number to others, never to us. */
	if (!*text || strpbrk(text, ":/ \t\n") || *text == '-' || *text == '+')
		return ctr_err_set(err, CTR_E_SPEC, "%s '%s' is neither a name nor a number", what,
				   text);
	return 0;
}

static int parse_id(const char *text, const char *what, uint32_t *ret_id, struct ctr_error *err)
{
	if (!ctr_parse_u32(text, ID_MAX, ret_id))
		return ctr_err_set(err, CTR_E_SPEC, "%s '%s' is not a number from 0 to %u", what,
				   text, ID_MAX);
	return 0;
}

static int fill_user(struct ctr_sec_ids *ids, const char *name, char *home, struct ctr_error *err)
{
	char *colon = strchr(home, ':');

	if (colon)
		*colon = '\0';
	free(ids->name);
	free(ids->home);
	ids->name = strdup(name);
	ids->home = strdup(ctr_path_is_clean(home) ? home : "/");
	return ids->name && ids->home ? 0 : ctr_err_nomem(err);
}

/* The first entry with this name, or with this uid when name is NULL. 1: found, 0: not, -1: it is damaged. */
static int find_user(char *text, const char *name, uid_t uid, struct ctr_sec_ids *ids,
		     struct ctr_error *err)
{
	char *f[6];

	while (next_entry(&text, f, 6)) {
		uint32_t found_uid, found_gid;

		if (name && strcmp(f[0], name) != 0)
			continue;
		if (!ctr_parse_u32(f[2], ID_MAX, &found_uid) ||
		    !ctr_parse_u32(f[3], ID_MAX, &found_gid)) {
			if (name)
				return ctr_err_set(
					err, CTR_E_SPEC,
					"user '%s' has no valid ids in the container's /etc/passwd",
					name);
			continue;
		}
		if (!name && found_uid != uid)
			continue;
		ids->uid = found_uid;
		ids->gid = found_gid;
		return fill_user(ids, f[0], f[5], err) < 0 ? -1 : 1;
	}
	return 0;
}

static int resolve_user(int rootfd, const char *user, struct ctr_sec_ids *ids,
			struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	bool number = is_number(user);
	int have, found = 0;

	if (number ? parse_id(user, "user", &ids->uid, err) < 0 : check_name(user, "user", err) < 0)
		return -1;
	/* A number without an entry is its own group: group 0 would be a power that nobody gave. */
	ids->gid = ids->uid;
	have = read_table(rootfd, "/etc/passwd", &text, err);
	/* A number needs no file, so a broken one cannot lock the administrator out. */
	if (have < 0 && !number)
		return -1;
	if (have > 0 && text.len)
		found = find_user(text.data, number ? NULL : user, ids->uid, ids, err);
	if (found < 0)
		return -1;
	if (!found && !number && (have > 0 || strcmp(user, "root") != 0))
		return ctr_err_set(err, CTR_E_NOTFOUND,
				   "no user '%s' in the container's /etc/passwd", user);
	return 0;
}

static bool is_member(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (*list) {
		size_t n = strcspn(list, ",:");

		if (n == len && !strncmp(list, name, n))
			return true;
		list += n;
		if (*list != ',')
			return false;
		list++;
	}
	return false;
}

static int add_group(struct ctr_sec_ids *ids, size_t *room, gid_t gid, struct ctr_error *err)
{
	if (gid == ids->gid)
		return 0;
	if (ids->n_groups == GROUPS_MAX)
		return ctr_err_set(err, CTR_E_SPEC, "user '%s' is in more than %d groups",
				   ids->name, GROUPS_MAX);
	if (ids->n_groups == *room) {
		size_t more = *room ? *room * 2 : 16;
		gid_t *grown = reallocarray(ids->groups, more, sizeof(*grown));

		if (!grown)
			return ctr_err_nomem(err);
		ids->groups = grown;
		*room = more;
	}
	ids->groups[ids->n_groups++] = gid;
	return 0;
}

/* The groups that list the user. A damaged entry gives nothing. */
static int find_groups(char *text, struct ctr_sec_ids *ids, struct ctr_error *err)
{
	char *f[4];
	size_t room = 0;

	while (next_entry(&text, f, 4)) {
		uint32_t gid;

		if (is_member(f[3], ids->name) && ctr_parse_u32(f[2], ID_MAX, &gid) &&
		    add_group(ids, &room, gid, err) < 0)
			return -1;
	}
	return 0;
}

static int find_group(char *text, const char *name, gid_t *ret_gid, struct ctr_error *err)
{
	char *f[4];

	while (text && next_entry(&text, f, 4)) {
		uint32_t gid;

		if (strcmp(f[0], name) != 0)
			continue;
		if (!ctr_parse_u32(f[2], ID_MAX, &gid))
			return ctr_err_set(
				err, CTR_E_SPEC,
				"group '%s' has no valid id in the container's /etc/group", name);
		*ret_gid = gid;
		return 0;
	}
	return ctr_err_set(err, CTR_E_NOTFOUND, "no group '%s' in the container's /etc/group",
			   name);
}

/* With a group of its own a process has that one and no supplementary ones. */
static int resolve_group(int rootfd, const char *group, struct ctr_sec_ids *ids,
			 struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	int have;

	if (group && is_number(group))
		return parse_id(group, "group", &ids->gid, err);
	if (group && check_name(group, "group", err) < 0)
		return -1;
	if (!group && !ids->name)
		return 0;
	have = read_table(rootfd, "/etc/group", &text, err);
	if (have < 0)
		return -1;
	if (group)
		return find_group(text.data, group, &ids->gid, err);
	return text.len ? find_groups(text.data, ids, err) : 0;
}

int ctr_sec_ids_resolve(int rootfd, const char *user, struct ctr_sec_ids *ret_ids,
			struct ctr_error *err)
{
	struct ctr_sec_ids ids = { 0 };
	char copy[USER_MAX], *colon;

	/* Root by default needs no file at all, which is the hot path: root's home is the same everywhere. */
	if (!user) {
		ids.home = strdup("/root");
		if (!ids.home)
			return ctr_err_nomem(err);
		*ret_ids = ids;
		return 0;
	}
	if (snprintf(copy, sizeof(copy), "%s", user) >= (int)sizeof(copy))
		return ctr_err_set(err, CTR_E_SPEC, "user: more than %d characters", USER_MAX - 1);
	colon = strchr(copy, ':');
	if (colon)
		*colon++ = '\0';
	if (resolve_user(rootfd, copy, &ids, err) < 0 ||
	    resolve_group(rootfd, colon, &ids, err) < 0) {
		ctr_sec_ids_done(&ids);
		return -1;
	}
	if (!ids.home)
		ids.home = strdup(ids.uid ? "/" : "/root");
	if (!ids.home) {
		ctr_sec_ids_done(&ids);
		return ctr_err_nomem(err);
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
