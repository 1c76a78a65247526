/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of the files: root, volumes, tmpfs, devices. Pure; any process. */
#include <stddef.h>
#include <string.h>

#include "common/parse.h"
#include "common/path.h"
#include "common/strv.h"
#include "spec/tables.h"

bool ctr_spec_is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && (!path[len] || path[len] == '/');
}

bool ctr_spec_is_clean(const char *path)
{
	size_t len = strlen(path);

	return len && ctr_path_is_clean(path) && !strstr(path, "//") &&
	       (len == 1 || path[len - 1] != '/');
}

static bool check_root(const char *text, const char **ret_why)
{
	*ret_why = CTR_SPEC_NOT_CLEAN;
	if (!ctr_spec_is_clean(text))
		return false;
	*ret_why = "is the host's root; use 'host: [/usr, ...]' for a read-only view of the host's "
		   "files";
	if (!strcmp(text, "/"))
		return false;
	*ret_why = "is no directory of files; use a directory that holds a root file system";
	return !ctr_spec_is_below(text, "/proc") && !ctr_spec_is_below(text, "/sys") &&
	       !ctr_spec_is_below(text, "/dev");
}

static bool check_host_path(const char *text, const char **ret_why)
{
	*ret_why = CTR_SPEC_NOT_CLEAN;
	if (!ctr_spec_is_clean(text))
		return false;
	*ret_why = "would show all of the host; name what is needed, such as /usr";
	if (!strcmp(text, "/"))
		return false;
	*ret_why = "is generated for the container; name what is needed below it, such as /etc/ssl";
	if (!strcmp(text, "/etc"))
		return false;
	*ret_why = "is made for the container; remove it";
	return !ctr_spec_is_below(text, "/proc") && !ctr_spec_is_below(text, "/sys") &&
	       !ctr_spec_is_below(text, "/dev");
}

static bool check_device(const char *text, const char **ret_why)
{
	*ret_why = "is not a device's path; use a clean path below /dev, such as /dev/fuse";
	return ctr_spec_is_clean(text) && ctr_spec_is_below(text, "/dev") &&
	       strcmp(text, "/dev") != 0;
}

static void path_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node, void *base,
		      struct ctr_problems *problems)
{
	ctr_type_text.read(key, node, base, problems);
	((struct ctr_spec *)base)->rootfs.kind = CTR_ROOTFS_PATH;
}

static void path_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	ctr_type_text.dump(key, base, out);
}

static void host_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node, void *base,
		      struct ctr_problems *problems)
{
	ctr_type_texts.read(key, node, base, problems);
	((struct ctr_spec *)base)->rootfs.kind = CTR_ROOTFS_HOST;
}

static void host_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	ctr_type_texts.dump(key, base, out);
}

static const char *mount_fault(const char *source, const char *target)
{
	const char *fault = ctr_spec_source_fault(source);

	return fault ? fault : ctr_spec_target_fault(target);
}

static void volumes_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
			 void *base, struct ctr_problems *problems)
{
	struct ctr_rootfs_spec *rootfs = &((struct ctr_spec *)base)->rootfs;

	if (!ctr_schema_list(key, node, problems))
		return;
	for (const struct ctr_doc_node *item = node->first; item; item = item->next) {
		const char *text = ctr_schema_text(item, problems), *why = "is not a volume";
		struct ctr_rootfs_volume volume = { 0 }, *place;

		if (!text)
			continue;
		why = ctr_rootfs_volume_parse(text, &volume, &why)
			      ? mount_fault(volume.source, volume.target)
			      : why;
		if (why) {
			ctr_schema_reason(problems, item, why,
					  "write /HOST/PATH:/CONTAINER/PATH, with :ro behind it to "
					  "protect it");
			free(volume.source);
			free(volume.target);
			continue;
		}
		place = ctr_schema_grow((void **)&rootfs->volumes, &rootfs->n_volumes,
					sizeof(volume), problems);
		if (!place) {
			free(volume.source);
			free(volume.target);
			return;
		}
		*place = volume;
	}
}

static void volumes_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	const struct ctr_rootfs_spec *rootfs = &((const struct ctr_spec *)base)->rootfs;

	(void)key;
	for (size_t i = 0; i < rootfs->n_volumes; i++) {
		const struct ctr_rootfs_volume *volume = &rootfs->volumes[i];
		_cleanup_buf_ struct ctr_buf text = { 0 };

		ctr_buf_printf(&text, "%s:%s%s", volume->source, volume->target,
			       volume->readonly ? ":ro" : "");
		ctr_buf_puts(out, i ? ", " : "[");
		ctr_dump_text(ctr_buf_str(&text), out);
		out->failed |= text.failed;
	}
	if (rootfs->n_volumes)
		ctr_buf_puts(out, "]");
}

static void tmpfs_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
		       void *base, struct ctr_problems *problems)
{
	struct ctr_rootfs_spec *rootfs = &((struct ctr_spec *)base)->rootfs;

	if (!ctr_schema_list(key, node, problems))
		return;
	for (const struct ctr_doc_node *item = node->first; item; item = item->next) {
		const char *text = ctr_schema_text(item, problems), *why = "is not a tmpfs";
		struct ctr_rootfs_tmpfs tmpfs = { 0 }, *place;

		if (!text)
			continue;
		why = ctr_rootfs_tmpfs_parse(text, &tmpfs, &why)
			      ? ctr_spec_target_fault(tmpfs.target)
			      : why;
		if (why) {
			ctr_schema_reason(problems, item, why,
					  "write /PATH or /PATH:size=16M,mode=0750");
			free(tmpfs.target);
			continue;
		}
		place = ctr_schema_grow((void **)&rootfs->tmpfs, &rootfs->n_tmpfs, sizeof(tmpfs),
					problems);
		if (!place) {
			free(tmpfs.target);
			return;
		}
		*place = tmpfs;
	}
}

static void tmpfs_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	const struct ctr_rootfs_spec *rootfs = &((const struct ctr_spec *)base)->rootfs;

	(void)key;
	for (size_t i = 0; i < rootfs->n_tmpfs; i++) {
		const struct ctr_rootfs_tmpfs *tmpfs = &rootfs->tmpfs[i];
		_cleanup_buf_ struct ctr_buf text = { 0 };

		ctr_buf_puts(&text, tmpfs->target);
		if (tmpfs->size) {
			ctr_buf_puts(&text, ":size=");
			ctr_dump_size(tmpfs->size, &text);
		}
		if (tmpfs->mode)
			ctr_buf_printf(&text, "%smode=%04o", tmpfs->size ? "," : ":", tmpfs->mode);
		ctr_buf_puts(out, i ? ", " : "[");
		ctr_dump_text(ctr_buf_str(&text), out);
		out->failed |= text.failed;
	}
	if (rootfs->n_tmpfs)
		ctr_buf_puts(out, "]");
}

/* Shown in /dev by rootfs, allowed by the device policy of the cgroup: each has its own list. */
static void devices_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
			 void *base, struct ctr_problems *problems)
{
	struct ctr_spec *spec = base;
	struct ctr_error ignored;

	ctr_type_texts.read(key, node, base, problems);
	ctr_strv_free(spec->cgroup.devices);
	spec->cgroup.devices = NULL;
	if (ctr_strv_add_all(&spec->cgroup.devices, spec->rootfs.devices, &ignored) < 0)
		problems->nomem = true;
}

static void devices_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	ctr_type_texts.dump(key, base, out);
}

#define TEXT_LIST "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"

static const struct ctr_schema_type type_path = { "path",
						  "{\"type\":\"string\",\"pattern\":\"^/\"}",
						  path_read, path_dump };
static const struct ctr_schema_type type_host = { "list of paths", TEXT_LIST, host_read,
						  host_dump };
static const struct ctr_schema_type type_volumes = { "list of volumes", TEXT_LIST, volumes_read,
						     volumes_dump };
static const struct ctr_schema_type type_tmpfs = { "list of tmpfs", TEXT_LIST, tmpfs_read,
						   tmpfs_dump };
static const struct ctr_schema_type type_devices = { "list of paths", TEXT_LIST, devices_read,
						     devices_dump };

#define AT(field) offsetof(struct ctr_spec, rootfs.field)

static const struct ctr_schema_key rootfs_keys[] = {
	{ "path", &type_path, AT(path), .check = check_root, .help = "a directory, used as it is" },
	{ "host", &type_host, AT(host_paths), .check = check_host_path,
	  .help = "read-only view of the host's own files, such as [/usr, /etc/ssl]; /etc is "
		  "generated" },
	{ "image", &ctr_type_later, .flags = CTR_KEY_LATER, .help = "copy-on-write over an image" },
	{ "readonly", &ctr_type_bool, AT(readonly), .fallback = "by profile",
	  .help = "whether the root can only be read; app: false, service: true" },
	{ 0 },
};

const struct ctr_schema_key ctr_keys_rootfs[] = {
	{ "rootfs", &ctr_type_section, .flags = CTR_KEY_REQUIRED, .section = rootfs_keys,
	  .help = "where its files come from: exactly one of path and host" },
	{ "volumes", &type_volumes, .flags = CTR_KEY_EMPTY,
	  .help = "directories, files or sockets of the host: \"/srv/data:/data\" or "
		  "\"/srv/data:/data:ro\"" },
	{ "tmpfs", &type_tmpfs, .flags = CTR_KEY_EMPTY, .fallback = "by profile",
	  .help = "file systems in memory, \"/run\" or \"/run:size=16M,mode=0755\" (64M unless "
		  "given); profile service and"
		  " rootfs.host have /run, /tmp and /var/tmp where nothing else is given" },
	{ "devices", &type_devices, AT(devices), .flags = CTR_KEY_EMPTY, .check = check_device,
	  .help = "device nodes of the host beyond the standard ones, such as [/dev/fuse]" },
	{ 0 },
};
