/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the verbs share: messages on standard error, the host, and the loop over names. CLI process.
 */
#include <string.h>

#include "cli/cli.h"
#include "cli/out.h"
#include "common/fd.h"

void ctr_cli_error(const struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf line = { 0 };
	struct ctr_error ignored;

	ctr_buf_puts(&line, "ctr: ");
	ctr_out_clean(err->msg, strlen(err->msg), "", &line);
	ctr_buf_puts(&line, "\n");
	(void)ctr_fd_write_all(STDERR_FILENO, ctr_buf_str(&line), line.len, &ignored);
}

void ctr_cli_problems(const struct ctr_buf *problems)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };
	struct ctr_error ignored;

	ctr_out_clean(ctr_buf_str(problems), problems->len, "\n\t", &text);
	(void)ctr_fd_write_all(STDERR_FILENO, ctr_buf_str(&text), text.len, &ignored);
}

int ctr_cli_host_open(struct ctr_host *ret_host, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf problems = { 0 };
	int rc = ctr_host_open(ret_host, &problems, err);

	if (rc < 0)
		ctr_cli_problems(&problems);
	return rc;
}

int ctr_cli_each(const struct ctr_args *args, ctr_cli_each_fn *fn, void *data,
		 struct ctr_error *err)
{
	_cleanup_(ctr_host_close) struct ctr_host host = CTR_HOST_NULL;
	int status = 0;

	if (ctr_cli_host_open(&host, err) < 0)
		return -1;
	for (size_t i = 0; i < args->n_names; i++) {
		struct ctr_error failure;

		if (fn(&host, args->names[i], data, &failure) == 0)
			continue;
		ctr_err_wrap(&failure, "%.64s", args->names[i]);
		ctr_cli_error(&failure);
		if (!status)
			status = ctr_err_exit_status(&failure);
	}
	return status;
}
