/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * run: create and start in one process; without detach the process stays and is the monitor. CLI process, then monitor.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "runtime/start.h"

int ctr_run(struct ctr_host *host, struct ctr_spec *spec, const struct ctr_run_options *options,
	    int *ret_status, struct ctr_error *err)
{
	_cleanup_(ctr_run_done) struct ctr_run run;
	_cleanup_free_ char *name = strdup(spec->name);
	struct ctr_error ignored;
	int rc;

	ctr_run_init(&run);
	if (!name)
		return ctr_err_nomem(err);
	if (options->terminal && !options->detach && !isatty(STDIN_FILENO))
		return ctr_err_set(err, CTR_E_USAGE,
				   "-t needs a terminal on standard input; use -i for a pipe");
	run.lock_fd = ctr_lock_take(host, name, &run.dirfd, err);
	if (run.lock_fd < 0)
		return -1;
	if (ctr_create(host, spec, err) < 0) {
		/* The lock's directory is another container's, or ours alone. */
		if (ctr_defined(host, name, &ignored) < 0)
			(void)ctr_fd_remove_tree(host->run_dirfd, name, &ignored);
		return -1;
	}
	run.remove = options->remove;
	run.io.foreground = !options->detach;
	run.io.interactive = options->interactive;
	run.io.terminal = options->terminal;
	*ret_status = 0;
	rc = ctr_start_prepare(&run, host, name, spec, err);
	if (rc == 0)
		rc = options->detach ? ctr_start_monitor(&run, err)
				     : ctr_monitor_main(&run, -1, ret_status, err);
	/* The lock is ours until the payload runs: still held means that it never did, and nothing of it remains. */
	if (run.lock_fd < 0 ? !options->remove : rc == 0)
		return rc;
	if (run.lock_fd < 0)
		run.lock_fd = ctr_lock_take(host, name, NULL, &ignored);
	if (run.lock_fd >= 0 && ctr_definition_remove(host, name, &ignored) < 0 && rc == 0) {
		*err = ignored;
		return -1;
	}
	return rc;
}
