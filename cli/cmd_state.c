/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctr state: everything about one container, or several. CLI process. */
#include <json-c/json.h>

#include "cli/cli.h"
#include "cli/show.h"

struct values {
	bool json;
	bool more; /* not the first: a blank line goes in front */
};

static int state_one(struct ctr_host *host, const char *name, void *data, struct ctr_error *err)
{
	_cleanup_(ctr_info_done) struct ctr_info info = { 0 };
	_cleanup_buf_ struct ctr_buf text = { 0 };
	struct values *values = data;

	if (ctr_inspect(host, name, true, &info, err) < 0)
		return -1;
	if (values->json)
		return ctr_json_print(ctr_show_json(&info, true), err);
	ctr_buf_puts(&text, values->more ? "\n" : "");
	values->more = true;
	ctr_show_text(&info, &text);
	return ctr_out_write(&text, err);
}

static int run(const struct ctr_args *args, struct ctr_error *err)
{
	return ctr_cli_each(args, state_one, args->values, err);
}

static const struct ctr_opt options[] = {
	{ "json", 0, CTR_OPT_FLAG, offsetof(struct values, json), NULL,
	  "one object for each name" },
	{ 0 },
};

const struct ctr_cmd ctr_cmd_state = {
	.name = "state",
	.help = "show everything about containers",
	.usage = "[OPTIONS] NAME ...",
	.about = "Shows the status, processes, addresses, limits and counters of each container.\n"
		 "Of one that runs, limits are read back from the kernel; of one that is\n"
		 "stopped, the way it ended is shown.",
	.example = "ctr state ns1\nctr state ns1 --json | jq .cpu",
	.options = options,
	.values_size = sizeof(struct values),
	.min_names = 1,
	.max_names = SIZE_MAX,
	.flags = CTR_CMD_ROOT | CTR_CMD_CONTAINERS,
	.run = run,
};
