// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Texts about the host's layout: the cache file and mountinfo. Pure; any process. The cache is ours
 * but lives in a directory that outlives a crash in the middle of anything, so it is parsed
 * strictly and refused whole.
 */
#include "cgroups/cg_int.h"

#include <string.h>

#include "common/parse.h"

#define CACHE_VERSION "ctr-cgroups 1"

int ctr_cg_cache_format(const struct ctr_cg_host *host, const struct ctr_cg_identity *id,
			struct ctr_buf *ret_text, struct ctr_error *err)
{
	ctr_buf_printf(ret_text, CACHE_VERSION "\nboot %s\ndev %llu\nino %llu\nprog %u\n",
		       id->boot_id, (unsigned long long)id->root_dev,
		       (unsigned long long)id->root_ino, id->prog_id);
	ctr_buf_printf(ret_text, "unified %s\nrecursive_prot %d\ndevice_policy %d\n", host->unified,
		       host->recursive_prot, host->device_policy);
	for (int c = 0; c < CTR_CG_CONTROLLERS_; c++) {
		const char *name = ctr_cg_controller_name(c, false);

		if (host->v1[c][0])
			ctr_buf_printf(ret_text, "v1.%s %s\n", name, host->v1[c]);
		if (host->on_v2[c])
			ctr_buf_printf(ret_text, "v2.%s 1\n", name);
	}
	/* The last line: a file that was cut short lacks it. */
	ctr_buf_puts(ret_text, "end .\n");
	return ctr_buf_check(ret_text, err);
}

static bool copy(char *to, size_t size, const char *from)
{
	return snprintf(to, size, "%s", from) < (int)size;
}

static bool flag(const char *value, bool *ret_flag)
{
	*ret_flag = value[0] == '1';
	return (value[0] == '0' || value[0] == '1') && !value[1];
}

static bool take_controller(const char *key, const char *value, struct ctr_cg_host *host)
{
	for (int c = 0; c < CTR_CG_CONTROLLERS_; c++) {
		if (strcmp(key + 3, ctr_cg_controller_name(c, false)) != 0)
			continue;
		if (key[1] == '1')
			return copy(host->v1[c], sizeof(host->v1[c]), value);
		return flag(value, &host->on_v2[c]);
	}
	return false;
}

static bool take(const char *key, const char *value, struct ctr_cg_host *host,
		 struct ctr_cg_identity *id)
{
	if (!strcmp(key, "boot"))
		return copy(id->boot_id, sizeof(id->boot_id), value);
	if (!strcmp(key, "dev"))
		return ctr_parse_u64(value, UINT64_MAX, &id->root_dev);
	if (!strcmp(key, "ino"))
		return ctr_parse_u64(value, UINT64_MAX, &id->root_ino);
	if (!strcmp(key, "prog"))
		return ctr_parse_u32(value, UINT32_MAX, &id->prog_id);
	if (!strcmp(key, "unified"))
		return copy(host->unified, sizeof(host->unified), value);
	if (!strcmp(key, "recursive_prot"))
		return flag(value, &host->recursive_prot);
	if (!strcmp(key, "device_policy"))
		return flag(value, &host->device_policy);
	if (!strncmp(key, "v1.", 3) || !strncmp(key, "v2.", 3))
		return take_controller(key, value, host);
	return false;
}

bool ctr_cg_cache_parse(const char *text, struct ctr_cg_host *ret_host,
			struct ctr_cg_identity *ret_id)
{
	struct ctr_cg_host host = { 0 };
	struct ctr_cg_identity id = { 0 };
	const char *line = text;

	if (strncmp(line, CACHE_VERSION "\n", sizeof(CACHE_VERSION)) != 0)
		return false;
	line += sizeof(CACHE_VERSION);
	while (strcmp(line, "end .\n") != 0) {
		char part[192], *space;
		size_t len = strcspn(line, "\n");

		if (!line[len] || len >= sizeof(part))
			return false;
		memcpy(part, line, len);
		part[len] = '\0';
		space = strchr(part, ' ');
		if (!space)
			return false;
		*space = '\0';
		if (!take(part, space + 1, &host, &id))
			return false;
		line += len + 1;
	}
	if (!host.unified[0] || !id.boot_id[0])
		return false;
	*ret_host = host;
	*ret_id = id;
	return true;
}

/* proc_pid_mountinfo(5) writes blank, tab, newline and backslash as octal \ooo. */
static bool unescape(char *text)
{
	char *to = text;

	for (const char *p = text; *p; p++) {
		if (*p == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' && p[2] <= '7' &&
		    p[3] >= '0' && p[3] <= '7') {
			*to = (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0'));
			if (*to++ == '\n')
				return false; /* would break the cache's lines */
			p += 3;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
	return true;
}

static bool has_option(const char *options, const char *option)
{
	size_t len = strlen(option);

	for (const char *p = options; p && *p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
		if (!strncmp(p, option, len) && (p[len] == ',' || p[len] == '\0'))
			return true;
	}
	return false;
}

/* One line of mountinfo; a mount of the hierarchy's root at the usual place wins over others. */
static void take_mount(char *line, struct ctr_cg_host *host)
{
	char *fields[6], *save = NULL, *tail = strstr(line, " - ");
	char *type, *options;
	bool usual;

	if (!tail)
		return;
	*tail = '\0';
	type = strtok_r(tail + 3, " ", &save);
	if (!type || strcmp(type, "cgroup2") != 0)
		return;
	(void)strtok_r(NULL, " ", &save);
	options = strtok_r(NULL, " ", &save);
	save = NULL;
	for (size_t i = 0; i < CTR_ARRAY_LEN(fields); i++) {
		fields[i] = strtok_r(i ? NULL : line, " ", &save);
		if (!fields[i])
			return;
	}
	/* A bind mount of some group is not the hierarchy. */
	if (strcmp(fields[3], "/") != 0 || !unescape(fields[4]))
		return;
	usual = !strcmp(fields[4], "/sys/fs/cgroup") ||
		!strcmp(fields[4], "/sys/fs/cgroup/unified");
	if ((host->unified[0] && !usual) || strlen(fields[4]) >= sizeof(host->unified))
		return;
	(void)copy(host->unified, sizeof(host->unified), fields[4]);
	host->recursive_prot = has_option(options, "memory_recursiveprot");
}

int ctr_cg_mounts_parse(const char *mountinfo, struct ctr_cg_host *host, struct ctr_error *err)
{
	_cleanup_free_ char *text = strdup(mountinfo);
	char *save = NULL;

	if (!text)
		return ctr_err_nomem(err);
	host->unified[0] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		take_mount(line, host);
	if (host->unified[0])
		return 0;
	ctr_err_set(err, CTR_E_HOST, "cgroup2 is not mounted");
	return ctr_err_hint(err, "mount -t cgroup2 cgroup2 /sys/fs/cgroup (or .../unified)");
}

int ctr_cg_host_note(struct ctr_cg_host *host, const char *controller, const char *mount,
		     struct ctr_error *err)
{
	for (int c = 0; c < CTR_CG_CONTROLLERS_; c++) {
		if (strcmp(controller, ctr_cg_controller_name(c, false)) != 0 &&
		    strcmp(controller, ctr_cg_controller_name(c, true)) != 0)
			continue;
		if (!strcmp(mount, host->unified)) {
			host->on_v2[c] = true;
			return 0;
		}
		if (strchr(mount, '\n') || !copy(host->v1[c], sizeof(host->v1[c]), mount))
			return ctr_err_set(err, CTR_E_HOST,
					   "the mount point of the %s controller is too long: %s",
					   controller, mount);
		return 0;
	}
	return 0;
}
