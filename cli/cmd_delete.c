/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctr delete. CLI process. */
#include "cli/cli.h"

struct values {
	bool force;
};

static int delete_one(struct ctr_host *host, const char *name, void *data, struct ctr_error *err)
{
	const struct values *values = data;

	return ctr_delete(host, name, values->force, err);
}

static int run(const struct ctr_args *args, struct ctr_error *err)
{
	return ctr_cli_each(args, delete_one, args->values, err);
}

static const struct ctr_opt options[] = {
	{ "force", 'f', CTR_OPT_FLAG, offsetof(struct values, force), NULL,
	  "kill it first, and clear away what a crash left" },
	{ 0 },
};

const struct ctr_cmd ctr_cmd_delete = {
	.name = "delete",
	.help = "remove what create made",
	.usage = "[OPTIONS] NAME ...",
	.about = "Removes the definition and the log of each stopped container. Directories that\n"
		 "it used, such as rootfs.path and volumes, stay as they are.",
	.example = "ctr delete --force web1",
	.options = options,
	.values_size = sizeof(struct values),
	.min_names = 1,
	.max_names = SIZE_MAX,
	.flags = CTR_CMD_ROOT | CTR_CMD_CONTAINERS,
	.run = run,
};
