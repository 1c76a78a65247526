/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctr list: all containers. CLI process; reads no specification, so that a thousand are listed at
 * once. */
#include <json-c/json.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/out.h"
#include "cli/show.h"
#include "cli/words.h"
#include "common/parse.h"
#include "common/strv.h"

struct values {
	bool json, quiet;
};

static const char *const heads[] = { "NAME",        "STATUS",  ">PID",        "ADDRESS",
				     ">CPU-WEIGHT", ">MEMORY", "UPTIME/EXIT", NULL };

static enum ctr_colour colour_of(enum ctr_status status)
{
	switch (status) {
	case CTR_RUNNING:
		return CTR_COLOUR_GREEN;
	case CTR_STARTING:
	case CTR_PAUSED:
	case CTR_STOPPING:
		return CTR_COLOUR_YELLOW;
	case CTR_STOPPED:
	case CTR_STATUS_MAX_:
		break;
	}
	return CTR_COLOUR_NONE;
}

static void add_row(struct ctr_table *table, const struct ctr_info *info)
{
	bool lives = info->status != CTR_STOPPED;
	char address[64] = "-", size[32], end[64];

	if (info->lease.n_addresses)
		(void)ctr_net_addr_format(&info->lease.addresses[0], false, address);
	ctr_table_cell(table, CTR_COLOUR_NONE, "%s", info->name);
	ctr_table_cell(table, colour_of(info->status), "%s", ctr_status_name(info->status));
	if (!lives) {
		for (int i = 0; i < 4; i++)
			ctr_table_cell(table, CTR_COLOUR_NONE, "-");
		ctr_table_cell(table,
			       info->exit.oom || info->exit.code > 0 ? CTR_COLOUR_RED
								     : CTR_COLOUR_NONE,
			       "%s", info->exit.known ? ctr_words_exit(&info->exit, end) : "-");
		return;
	}
	ctr_table_cell(table, CTR_COLOUR_NONE, "%d", (int)info->pid);
	ctr_table_cell(table, CTR_COLOUR_NONE, "%s", address);
	ctr_table_cell(table, CTR_COLOUR_NONE, "%llu", (unsigned long long)info->stat.cpu_weight);
	ctr_table_cell(table, CTR_COLOUR_NONE, "%s",
		       ctr_format_size(info->stat.memory_current, size));
	ctr_table_cell(table, CTR_COLOUR_NONE, "%s",
		       info->started_at.tv_sec
			       ? ctr_words_span(time(NULL) - info->started_at.tv_sec, end)
			       : "-");
}

static int print_names(char *const *names, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };

	for (size_t i = 0; names && names[i]; i++) {
		ctr_buf_puts(&text, names[i]);
		ctr_buf_puts(&text, "\n");
	}
	return ctr_out_write(&text, err);
}

/* Fills the table or the array; the exit status of the first container that could not be looked at.
 */
static int look_at_all(struct ctr_host *host, char *const *names, struct ctr_table *table,
		       struct json_object *array)
{
	int status = 0;

	for (size_t i = 0; names && names[i]; i++) {
		_cleanup_(ctr_info_done) struct ctr_info info = { 0 };
		struct ctr_error failure;

		if (ctr_inspect(host, names[i], false, &info, &failure) < 0) {
			if (failure.code == CTR_E_NOTFOUND)
				continue; /* deleted since its name was read */
			ctr_err_wrap(&failure, "%s", names[i]);
			ctr_cli_error(&failure);
			if (!status)
				status = ctr_err_exit_status(&failure);
		} else if (array) {
			json_object_array_add(array, ctr_show_json(&info, false));
		} else {
			add_row(table, &info);
		}
	}
	return status;
}

static int run(const struct ctr_args *args, struct ctr_error *err)
{
	_cleanup_(ctr_host_close) struct ctr_host host = CTR_HOST_NULL;
	const struct values *values = args->values;
	_cleanup_table_ struct ctr_table table = { 0 };
	struct json_object *array = NULL;
	_cleanup_strv_ char **names = NULL;
	int status;

	if (ctr_cli_host_open(&host, err) < 0 || ctr_names(&host, &names, err) < 0)
		return -1;
	if (values->quiet)
		return print_names(names, err);
	if (values->json) {
		array = json_object_new_array();
		if (!array)
			return ctr_err_nomem(err);
	}
	ctr_table_start(&table, heads);
	status = look_at_all(&host, names, &table, array);
	if ((array ? ctr_json_print(array, err) : ctr_table_print(&table, err)) < 0)
		return -1;
	return status;
}

static const struct ctr_opt options[] = {
	{ "json", 0, CTR_OPT_FLAG, offsetof(struct values, json), NULL, "one array of objects" },
	{ "quiet", 'q', CTR_OPT_FLAG, offsetof(struct values, quiet), NULL, "names only" },
	{ 0 },
};

const struct ctr_cmd ctr_cmd_list = {
	.name = "list",
	.help = "list all containers",
	.usage = "[OPTIONS]",
	.about = "Lists all defined containers: those that run with their address, weight and\n"
		 "memory in use, the others with the way they ended.",
	.example = "ctr list --json | jq -r '.[] | select(.status == \"running\").name'",
	.options = options,
	.values_size = sizeof(struct values),
	.flags = CTR_CMD_ROOT,
	.run = run,
};
