/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The generated /etc of kind HOST: accounts without passwords (root, the host's system accounts,
 * nobody and the user that the payload runs as), where to look names up, and the container's own
 * host name. Reads the host's passwd and group, which are trusted, in the CLI process or the
 * monitor.
 */
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>

#include "common/strv.h"
#include "rootfs/rootfs_int.h"

#define FIRST_PERSON 1000
#define NOBODY 65534

static const char nsswitch[] = "passwd: files\n"
			       "group: files\n"
			       "shadow: files\n"
			       "hosts: files dns\n"
			       "networks: files\n"
			       "protocols: files\n"
			       "services: files\n";

static const char default_hosts[] = "127.0.0.1\tlocalhost\n"
				    "::1\tlocalhost ip6-localhost ip6-loopback\n";

/* A field goes between colons on one line. */
static bool sane(const char *field)
{
	if (!field)
		return false;
	for (; *field; field++)
		if ((unsigned char)*field < 0x20 || *field == 0x7f || *field == ':')
			return false;
	return true;
}

static FILE *open_list(const char *host_dir, const char *path)
{
	char full[PATH_MAX];

	return snprintf(full, sizeof(full), "%s%s", host_dir, path) < PATH_MAX ? fopen(full, "re")
									       : NULL;
}

/* "user[:group]" against a name, or against the number when the part is one. */
static bool is_wanted(const char *user, bool group, const char *name, unsigned int id)
{
	const char *colon = user ? strchr(user, ':') : NULL;
	const char *part = group ? (colon ? colon + 1 : NULL) : user;
	size_t len = part ? (group || !colon ? strlen(part) : (size_t)(colon - part)) : 0;
	char number[16];

	if (len == 0)
		return false;
	(void)snprintf(number, sizeof(number), "%u", id);
	return (!strncmp(part, name, len) && !name[len]) ||
	       (!strncmp(part, number, len) && !number[len]);
}

/* The person who the payload runs as brings the primary group along. */
static int add_passwd(struct ctr_buf *text, const char *user, const char *host_dir, char ***names,
		      gid_t *ret_gid, struct ctr_error *err)
{
	_cleanup_fclose_ FILE *f = open_list(host_dir, "/etc/passwd");
	struct passwd entry, *found;
	char line[4096];

	ctr_buf_puts(text, "root:*:0:0:root:/root:/bin/sh\n");
	if (ctr_strv_add(names, "root", err) < 0)
		return -1;
	while (f && fgetpwent_r(f, &entry, line, sizeof(line), &found) == 0) {
		bool person = is_wanted(user, false, entry.pw_name, entry.pw_uid);

		if (entry.pw_uid == 0 || entry.pw_uid == NOBODY ||
		    (entry.pw_uid >= FIRST_PERSON && !person))
			continue;
		if (!*entry.pw_name || strchr("+-", *entry.pw_name) || !sane(entry.pw_name) ||
		    !sane(entry.pw_gecos) || !sane(entry.pw_dir) || !sane(entry.pw_shell) ||
		    ctr_strv_has(*names, entry.pw_name))
			continue;
		if (person && entry.pw_gid >= FIRST_PERSON)
			*ret_gid = entry.pw_gid;
		ctr_buf_printf(text, "%s:*:%u:%u:%s:%s:%s\n", entry.pw_name, entry.pw_uid,
			       entry.pw_gid, entry.pw_gecos, entry.pw_dir, entry.pw_shell);
		if (ctr_strv_add(names, entry.pw_name, err) < 0)
			return -1;
	}
	ctr_buf_puts(text, "nobody:*:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
	return ctr_buf_check(text, err);
}

/* Debian calls the group of nobody "nogroup". */
static int add_group(struct ctr_buf *text, const char *user, const char *host_dir, char **names,
		     gid_t gid, struct ctr_error *err)
{
	_cleanup_fclose_ FILE *f = open_list(host_dir, "/etc/group");
	_cleanup_strv_ char **done = NULL;
	struct group entry, *found;
	char line[8192];

	ctr_buf_puts(text, "root:*:0:\n");
	while (f && fgetgrent_r(f, &entry, line, sizeof(line), &found) == 0) {
		const char *comma = "";

		if (entry.gr_gid == 0 || entry.gr_gid == NOBODY ||
		    (entry.gr_gid >= FIRST_PERSON && entry.gr_gid != gid &&
		     !is_wanted(user, true, entry.gr_name, entry.gr_gid)))
			continue;
		if (!*entry.gr_name || strchr("+-", *entry.gr_name) || !sane(entry.gr_name) ||
		    ctr_strv_has(done, entry.gr_name))
			continue;
		ctr_buf_printf(text, "%s:*:%u:", entry.gr_name, entry.gr_gid);
		for (char **member = entry.gr_mem; *member; member++) {
			if (!ctr_strv_has(names, *member))
				continue;
			ctr_buf_printf(text, "%s%s", comma, *member);
			comma = ",";
		}
		ctr_buf_puts(text, "\n");
		if (ctr_strv_add(&done, entry.gr_name, err) < 0)
			return -1;
	}
	ctr_buf_puts(text, "nogroup:*:65534:\n");
	return ctr_buf_check(text, err);
}

static int add_file(struct ctr_mount_plan *plan, const char *path, const char *text,
		    struct ctr_error *err)
{
	return ctr_plan_add(plan, CTR_MOUNT_FILE, text, path, err) ? 0 : -1;
}

/* Without a network of its own the container resolves names as the host does. */
static int add_network_files(struct ctr_mount_plan *plan, const struct ctr_rootfs_context *context,
			     const char *host_dir, struct ctr_error *err)
{
	static const char *const shared[] = { "/etc/resolv.conf", "/etc/hosts" };

	if (context->own_network)
		return context->hosts ? 0 : add_file(plan, "/etc/hosts", default_hosts, err);
	for (size_t i = 0; i < CTR_ARRAY_LEN(shared); i++) {
		const char *given = i == 0 ? context->resolv_conf : context->hosts;
		char full[PATH_MAX];
		struct ctr_mount *mount;

		if (given ||
		    snprintf(full, sizeof(full), "%s%s", host_dir, shared[i]) >= PATH_MAX ||
		    access(full, F_OK) < 0)
			continue;
		mount = ctr_plan_add(plan, CTR_MOUNT_BIND, shared[i], shared[i], err);
		if (!mount)
			return -1;
		mount->attr = CTR_ATTR_API | MOUNT_ATTR_RDONLY;
	}
	return 0;
}

int ctr_plan_accounts(struct ctr_mount_plan *plan, const struct ctr_rootfs_context *context,
		      const char *host_dir, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf passwd = { 0 };
	_cleanup_buf_ struct ctr_buf group = { 0 };
	_cleanup_free_ char *hostname = NULL;
	_cleanup_strv_ char **names = NULL;
	gid_t gid = NOBODY;

	if (add_passwd(&passwd, context->user, host_dir, &names, &gid, err) < 0 ||
	    add_group(&group, context->user, host_dir, names, gid, err) < 0)
		return -1;
	if (asprintf(&hostname, "%s\n", context->hostname ? context->hostname : "localhost") < 0) {
		hostname = NULL;
		return ctr_err_nomem(err);
	}
	if (add_file(plan, "/etc/passwd", ctr_buf_str(&passwd), err) < 0 ||
	    add_file(plan, "/etc/group", ctr_buf_str(&group), err) < 0 ||
	    add_file(plan, "/etc/nsswitch.conf", nsswitch, err) < 0 ||
	    add_file(plan, "/etc/hostname", hostname, err) < 0)
		return -1;
	return add_network_files(plan, context, host_dir, err);
}
