/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctr kill: a signal to the first process, or to all. CLI process. */
#include <ctype.h>
#include <signal.h>

#include "cli/cli.h"
#include "common/parse.h"

struct values {
	const char *signal;
	bool all;
};

struct wish {
	int signo;
	bool all;
};

static int kill_one(struct ctr_host *host, const char *name, void *data, struct ctr_error *err)
{
	const struct wish *wish = data;

	return ctr_kill(host, name, wish->signo, wish->all, err);
}

static int run(const struct ctr_args *args, struct ctr_error *err)
{
	const struct values *values = args->values;
	struct wish wish = { .signo = SIGKILL, .all = values->all };
	struct ctr_args names = *args;

	if (values->signal) {
		if (ctr_opts_signal("--signal", values->signal, &wish.signo, err) < 0)
			return -1;
	} else if (args->n_names > 1) {
		const char *last = args->names[args->n_names - 1];

		/* A name is never in upper case; a number may be one. */
		if (isupper((unsigned char)*last) && ctr_parse_signal(last, &wish.signo))
			names.n_names--;
	}
	return ctr_cli_each(&names, kill_one, &wish, err);
}

static const struct ctr_opt options[] = {
	{ "signal", 's', CTR_OPT_STRING, offsetof(struct values, signal), "SIGNAL",
	  "name or number (default: SIGKILL)" },
	{ "all-processes", 'a', CTR_OPT_FLAG, offsetof(struct values, all), NULL,
	  "to every process, not only the first" },
	{ 0 },
};

const struct ctr_cmd ctr_cmd_kill = {
	.name = "kill",
	.help = "send a signal to containers",
	.usage = "[OPTIONS] NAME ... [SIGNAL]",
	.about = "Sends a signal to the first process of each container. When SIGKILL ends the\n"
		 "first process, the kernel ends all others; a restart policy may start it again\n"
		 "('ctr stop' does not let it).",
	.example = "ctr kill ns1 SIGHUP",
	.options = options,
	.values_size = sizeof(struct values),
	.min_names = 1,
	.max_names = SIZE_MAX,
	.flags = CTR_CMD_ROOT | CTR_CMD_CONTAINERS,
	.run = run,
};
