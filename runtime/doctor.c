/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor, and taking ctr's traces off a host. CLI process. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "common/strv.h"
#include "runtime/state.h"

/* Puts "area: " in front of each line. */
static void add_lines(struct ctr_buf *to, const char *area, const struct ctr_buf *lines)
{
	const char *p = ctr_buf_str(lines);

	while (*p) {
		int len = (int)strcspn(p, "\n");

		ctr_buf_printf(to, "%s: %.*s\n", area, len, p);
		p += len + (p[len] == '\n');
	}
}

int ctr_doctor(struct ctr_host *host, struct ctr_buf *ret_lines, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf cgroups = { 0 };
	_cleanup_buf_ struct ctr_buf network = { 0 };
	_cleanup_buf_ struct ctr_buf files = { 0 };
	_cleanup_buf_ struct ctr_buf powers = { 0 };

	if (ctr_cg_host_findings(&host->cg, &cgroups, err) < 0 ||
	    ctr_net_host_findings(host->net_dirfd, &network, err) < 0 ||
	    ctr_rootfs_host_findings(CTR_LIB_DIR, &files, err) < 0 ||
	    ctr_sec_host_findings(&powers, err) < 0)
		return -1;
	add_lines(ret_lines, "cgroups", &cgroups);
	add_lines(ret_lines, "network", &network);
	add_lines(ret_lines, "files", &files);
	add_lines(ret_lines, "powers", &powers);
	return ctr_buf_check(ret_lines, err);
}

int ctr_uninstall_host(struct ctr_host *host, struct ctr_error *err)
{
	_cleanup_strv_ char **names = NULL;

	if (ctr_names(host, &names, err) < 0)
		return -1;
	if (ctr_strv_len(names)) {
		ctr_err_set(err, CTR_E_STATE, "there are %zu containers, %s among them",
			    ctr_strv_len(names), names[0]);
		return ctr_err_hint(err, "ctr delete --force $(ctr list -q)");
	}
	if (ctr_net_host_clean(host->net_dirfd, err) < 0 ||
	    ctr_cg_host_unload(&host->cg, err) < 0 ||
	    ctr_fd_remove_tree(AT_FDCWD, CTR_RUN_DIR, err) < 0 ||
	    ctr_fd_remove_tree(AT_FDCWD, CTR_CACHE_DIR, err) < 0)
		return -1;
	return ctr_fd_remove_tree(AT_FDCWD, CTR_LIB_DIR, err);
}
