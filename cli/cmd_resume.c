/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctr resume. CLI process. */
#include "cli/cli.h"

static int resume_one(struct ctr_host *host, const char *name, void *data, struct ctr_error *err)
{
	(void)data;
	return ctr_resume(host, name, err);
}

static int run(const struct ctr_args *args, struct ctr_error *err)
{
	return ctr_cli_each(args, resume_one, NULL, err);
}

const struct ctr_cmd ctr_cmd_resume = {
	.name = "resume",
	.help = "thaw paused containers",
	.usage = "NAME ...",
	.about = "Lets the processes of each paused container go on.",
	.example = "ctr resume web1",
	.min_names = 1,
	.max_names = SIZE_MAX,
	.flags = CTR_CMD_ROOT | CTR_CMD_CONTAINERS,
	.run = run,
};
