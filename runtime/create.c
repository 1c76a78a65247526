/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * create: a definition on disk, made under a temporary name and renamed, so that it is there whole or not at all. It
 * survives a reboot; what runs is start's business. CLI process.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "runtime/run_int.h"

static int write_definition(int dirfd, const struct ctr_spec *spec, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	_cleanup_close_ int fd = -1;

	if (ctr_spec_dump(spec, &text, err) < 0)
		return -1;
	fd = ctr_fd_open_at(dirfd, "spec.yaml", O_WRONLY | O_CREAT | O_EXCL, 0600, err);
	if (fd < 0)
		return -1;
	return ctr_fd_write_all(fd, ctr_buf_str(&text), text.len, err);
}

/* A directory of its own, renamed into place: RENAME_NOREPLACE decides between two creates. */
static int define(struct ctr_host *host, const struct ctr_spec *spec, struct ctr_error *err)
{
	_cleanup_close_ int dirfd = -1;
	char temp[96];
	int rc;

	(void)snprintf(temp, sizeof(temp), ".%s.%d", spec->name, (int)getpid());
	if (mkdirat(host->containers_dirfd, temp, 0700) < 0)
		return ctr_err_sys(err, "create " CTR_LIB_DIR "/containers/%s", temp);
	dirfd = ctr_fd_open_at(host->containers_dirfd, temp, O_RDONLY | O_DIRECTORY, 0, err);
	rc = dirfd < 0 ? -1 : write_definition(dirfd, spec, err);
	if (rc == 0 && renameat2(host->containers_dirfd, temp, host->containers_dirfd, spec->name,
				 RENAME_NOREPLACE) < 0)
		rc = errno == EEXIST ? ctr_err_set(err, CTR_E_EXISTS,
						   "it exists already; ctr delete %s", spec->name)
				     : ctr_err_sys(err, "rename %s", temp);
	if (rc < 0) {
		struct ctr_error ignored;

		(void)ctr_fd_remove_tree(host->containers_dirfd, temp, &ignored);
	}
	return rc;
}

int ctr_create(struct ctr_host *host, const struct ctr_spec *spec, struct ctr_error *err)
{
	struct ctr_sec_idrange range;
	struct ctr_error ignored;

	if (define(host, spec, err) < 0)
		return -1;
	if (!spec->sec.userns ||
	    ctr_sec_idrange_take(host->ids_dirfd, spec->name, &host->conf.ids, &range, err) == 0)
		return 0;
	(void)ctr_fd_remove_tree(host->containers_dirfd, spec->name, &ignored);
	return -1;
}

/* A directory of known files; whatever else is in it goes the long way. */
static int remove_dir(int parent, const char *name, const char *const *files, struct ctr_error *err)
{
	char path[96];

	for (; *files; files++) {
		(void)snprintf(path, sizeof(path), "%s/%s", name, *files);
		(void)unlinkat(parent, path, 0);
	}
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return ctr_fd_remove_tree(parent, name, err);
}

int ctr_definition_remove(struct ctr_host *host, const char *name, struct ctr_error *err)
{
	static const char *const of_run[] = { "state", "exit.json", "stop", "rm", NULL };
	static const char *const of_definition[] = { "spec.yaml", "log", "log.1", NULL };

	/* The definition goes last: until then the name is taken and delete can be tried again. */
	if (ctr_sec_idrange_release(host->ids_dirfd, name, &host->conf.ids, err) < 0 ||
	    remove_dir(host->run_dirfd, name, of_run, err) < 0)
		return -1;
	return remove_dir(host->containers_dirfd, name, of_definition, err);
}
