/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * argv -> one call of the runtime -> exit status. One file per verb, which exports one row of the
 * verb table; what they share is declared here. Nothing below this folder prints.
 */
#ifndef CTR_CLI_CLI_H
#define CTR_CLI_CLI_H

#include "cli/opts.h"
#include "runtime/runtime.h"

extern const struct ctr_cmd ctr_cmd_create, ctr_cmd_start, ctr_cmd_run, ctr_cmd_exec, ctr_cmd_stop,
	ctr_cmd_kill, ctr_cmd_pause, ctr_cmd_resume, ctr_cmd_delete, ctr_cmd_list, ctr_cmd_state,
	ctr_cmd_logs, ctr_cmd_wait, ctr_cmd_ps, ctr_cmd_doctor, ctr_cmd_spec_check,
	ctr_cmd_spec_keys, ctr_cmd_spec_example, ctr_cmd_spec_schema, ctr_cmd_completion,
	ctr_cmd_version;
/* All verbs in the order of --help, ended by NULL. */
extern const struct ctr_cmd *const ctr_cmds[];

/* "ctr: MESSAGE" on standard error in one write, without control characters. */
void ctr_cli_error(const struct ctr_error *err);
/* The problems of a specification as they are, in front of the error line. */
void ctr_cli_problems(const struct ctr_buf *problems);
/* ctr_host_open(), with the problems of CTR_CONF_FILE on standard error. */
int ctr_cli_host_open(struct ctr_host *ret_host, struct ctr_error *err);

/* What is done to one container; data is the caller's. */
typedef int ctr_cli_each_fn(struct ctr_host *host, const char *name, void *data,
			    struct ctr_error *err);
/*
 * Does it to each name in turn, also after a failure; every failure is printed with its name.
 * Returns the exit status of the first failure, 0 when there was none, or -1 with err when the host
 * could not be opened.
 */
int ctr_cli_each(const struct ctr_args *args, ctr_cli_each_fn *fn, void *data,
		 struct ctr_error *err);

#endif
