/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctr start. CLI process. */
#include "cli/cli.h"

static int start_one(struct ctr_host *host, const char *name, void *data, struct ctr_error *err)
{
	(void)data;
	return ctr_start(host, name, err);
}

static int run(const struct ctr_args *args, struct ctr_error *err)
{
	return ctr_cli_each(args, start_one, NULL, err);
}

const struct ctr_cmd ctr_cmd_start = {
	.name = "start",
	.help = "run containers in the background",
	.usage = "NAME ...",
	.about = "Builds the namespaces of each container and runs its command under a monitor\n"
		 "process. Returns when the command was executed; what it prints goes to the\n"
		 "log.",
	.example = "ctr start ns1 web1",
	.min_names = 1,
	.max_names = SIZE_MAX,
	.flags = CTR_CMD_ROOT | CTR_CMD_CONTAINERS,
	.run = run,
};
