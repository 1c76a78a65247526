/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctr ps: the processes of containers. CLI process. */
#include <json-c/json.h>

#include "cli/cli.h"
#include "cli/out.h"
#include "common/parse.h"

struct values {
	bool json;
	bool several, more; /* more than one name; not the first of them */
};

static const char *const heads[] = { ">PID", ">INNER", ">USER", ">CPU", ">RSS", "COMMAND", NULL };

static int print_json(const struct ctr_process *processes, size_t n, struct ctr_error *err)
{
	struct json_object *array = json_object_new_array();

	if (!array)
		return ctr_err_nomem(err);
	for (size_t i = 0; i < n; i++) {
		const struct ctr_process *p = &processes[i];
		struct json_object *row = json_object_new_object();

		(void)json_object_object_add(row, "pid", json_object_new_int(p->pid));
		(void)json_object_object_add(row, "inner_pid", json_object_new_int(p->inner_pid));
		(void)json_object_object_add(row, "uid", json_object_new_uint64(p->uid));
		(void)json_object_object_add(row, "cpu_usec", json_object_new_uint64(p->cpu_usec));
		(void)json_object_object_add(row, "rss", json_object_new_uint64(p->rss));
		(void)json_object_object_add(row, "command", ctr_json_text(p->command));
		(void)json_object_array_add(array, row);
	}
	return ctr_json_print(array, err);
}

static int print_table(const struct ctr_process *processes, size_t n, struct ctr_error *err)
{
	_cleanup_table_ struct ctr_table table = { 0 };
	char size[32];

	ctr_table_start(&table, heads);
	for (size_t i = 0; i < n; i++) {
		const struct ctr_process *p = &processes[i];
		unsigned long long centis = p->cpu_usec / 10000;

		ctr_table_cell(&table, CTR_COLOUR_NONE, "%d", (int)p->pid);
		ctr_table_cell(&table, CTR_COLOUR_NONE, "%d", (int)p->inner_pid);
		ctr_table_cell(&table, CTR_COLOUR_NONE, "%u", (unsigned int)p->uid);
		ctr_table_cell(&table, CTR_COLOUR_NONE, "%llu:%02llu.%02llu", centis / 6000,
			       centis / 100 % 60, centis % 100);
		ctr_table_cell(&table, CTR_COLOUR_NONE, "%s", ctr_format_size(p->rss, size));
		ctr_table_cell(&table, CTR_COLOUR_NONE, "%s", p->command ? p->command : "");
	}
	return ctr_table_print(&table, err);
}

static int ps_one(struct ctr_host *host, const char *name, void *data, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf head = { 0 };
	struct ctr_process *processes = NULL;
	struct values *values = data;
	size_t n = 0;
	int rc;

	if (ctr_ps(host, name, &processes, &n, err) < 0)
		return -1;
	if (values->several && !values->json)
		ctr_buf_printf(&head, "%s%s:\n", values->more ? "\n" : "", name);
	values->more = true;
	rc = ctr_out_write(&head, err);
	if (rc == 0)
		rc = values->json ? print_json(processes, n, err) : print_table(processes, n, err);
	ctr_ps_free(processes, n);
	return rc;
}

static int run(const struct ctr_args *args, struct ctr_error *err)
{
	struct values *values = args->values;

	values->several = args->n_names > 1;
	return ctr_cli_each(args, ps_one, values, err);
}

static const struct ctr_opt options[] = {
	{ "json", 0, CTR_OPT_FLAG, offsetof(struct values, json), NULL, "one array for each name" },
	{ 0 },
};

const struct ctr_cmd ctr_cmd_ps = {
	.name = "ps",
	.help = "list the processes of containers",
	.usage = "[OPTIONS] NAME ...",
	.about = "Lists the processes of each container: PID is the host's number of it, INNER\n"
		 "the container's own, USER the user id inside, CPU the time used.",
	.example = "ctr ps web1",
	.options = options,
	.values_size = sizeof(struct values),
	.min_names = 1,
	.max_names = SIZE_MAX,
	.flags = CTR_CMD_ROOT | CTR_CMD_CONTAINERS,
	.run = run,
};
