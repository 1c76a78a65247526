/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctr pause. CLI process. */
#include "cli/cli.h"

static int pause_one(struct ctr_host *host, const char *name, void *data, struct ctr_error *err)
{
	(void)data;
	return ctr_pause(host, name, err);
}

static int run(const struct ctr_args *args, struct ctr_error *err)
{
	return ctr_cli_each(args, pause_one, NULL, err);
}

const struct ctr_cmd ctr_cmd_pause = {
	.name = "pause",
	.help = "freeze containers",
	.usage = "NAME ...",
	.about = "Freezes all processes of each container: they keep their memory and get no CPU\n"
		 "until 'ctr resume'.",
	.example = "ctr pause web1; ctr resume web1",
	.min_names = 1,
	.max_names = SIZE_MAX,
	.flags = CTR_CMD_ROOT | CTR_CMD_CONTAINERS,
	.run = run,
};
