/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctr exec: one more process in a running container. CLI process; on the hot path. */
#include <string.h>

#include "cli/cli.h"

struct values {
	bool interactive, terminal;
	const char *user, *cwd;
	char **env;
};

static int check_env(char *const *env, struct ctr_error *err)
{
	for (size_t i = 0; env && env[i]; i++)
		if (*env[i] == '=' || !strchr(env[i], '='))
			return ctr_err_set(err, CTR_E_USAGE,
					   "exec: --env: '%.64s' has no value; write KEY=VALUE",
					   env[i]);
	return 0;
}

static int run(const struct ctr_args *args, struct ctr_error *err)
{
	_cleanup_(ctr_host_close) struct ctr_host host = CTR_HOST_NULL;
	const struct values *values = args->values;
	const struct ctr_exec_options options = {
		.interactive = values->interactive,
		.terminal = values->terminal,
		.user = values->user,
		.environment = values->env,
		.working_dir = values->cwd,
		.command = args->command,
	};
	int status = 0;

	if (!args->command || !args->command[0])
		return ctr_err_set(
			err, CTR_E_USAGE,
			"exec: no command; write it behind '--': ctr exec %.64s -- COMMAND",
			args->names[0]);
	if (check_env(values->env, err) < 0 || ctr_cli_host_open(&host, err) < 0)
		return -1;
	if (ctr_exec(&host, args->names[0], &options, &status, err) < 0)
		return ctr_err_wrap(err, "%.64s", args->names[0]);
	return status;
}

static const struct ctr_opt options[] = {
	{ "interactive", 'i', CTR_OPT_FLAG, offsetof(struct values, interactive), NULL,
	  "pass standard input" },
	{ "terminal", 't', CTR_OPT_FLAG, offsetof(struct values, terminal), NULL,
	  "give it a terminal of its own" },
	{ "user", 'u', CTR_OPT_STRING, offsetof(struct values, user), "USER[:GROUP]",
	  "name or id inside the container" },
	{ "env", 'e', CTR_OPT_LIST, offsetof(struct values, env), "KEY=VALUE",
	  "add a variable; may be given more than once" },
	{ "cwd", 'w', CTR_OPT_STRING, offsetof(struct values, cwd), "DIR",
	  "start in this directory" },
	{ 0 },
};

const struct ctr_cmd ctr_cmd_exec = {
	.name = "exec",
	.help = "run one more command in a running container",
	.usage = "[OPTIONS] NAME -- COMMAND [ARGUMENT ...]",
	.about = "Runs a command in a running container, with exactly the powers and limits of\n"
		 "the container's own.",
	.example =
		"ctr exec -i -t web1 -- /bin/sh\nctr exec --user www-data --env DEBUG=1 web1 -- id",
	.status = "the command's (128 + n after signal n), 126 it cannot be executed, 127 it was\n"
		  "not found; 1 to 5 when ctr itself fails",
	.options = options,
	.values_size = sizeof(struct values),
	.min_names = 1,
	.max_names = 1,
	.flags = CTR_CMD_ROOT | CTR_CMD_COMMAND | CTR_CMD_CONTAINERS,
	.run = run,
};
