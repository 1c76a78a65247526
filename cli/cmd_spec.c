/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctr spec check, keys, example, schema: what can be written. CLI process; any user. */
#include <string.h>

#include "cli/cli.h"
#include "cli/out.h"

struct values {
	bool json, quiet;
};

/* Says what was found; the exit status. */
static int check_one(const char *path, bool quiet, struct ctr_error *err)
{
	_cleanup_(ctr_spec_done) struct ctr_spec spec;
	_cleanup_buf_ struct ctr_buf problems = { 0 };
	_cleanup_buf_ struct ctr_buf line = { 0 };

	ctr_spec_init(&spec);
	if (ctr_spec_read_file(path, &spec, &problems, err) < 0) {
		ctr_cli_problems(&problems);
		return -1;
	}
	if (quiet)
		return 0;
	ctr_out_clean(path, strlen(path), "", &line);
	ctr_buf_puts(&line, ": ok\n");
	return ctr_out_write(&line, err);
}

static int run_check(const struct ctr_args *args, struct ctr_error *err)
{
	const struct values *values = args->values;
	int status = 0;

	(void)err;
	for (size_t i = 0; i < args->n_names; i++) {
		struct ctr_error failure;

		if (check_one(args->names[i], values->quiet, &failure) == 0)
			continue;
		ctr_cli_error(&failure);
		if (!status)
			status = ctr_err_exit_status(&failure);
	}
	return status;
}

static int run_keys(const struct ctr_args *args, struct ctr_error *err)
{
	const struct values *values = args->values;
	_cleanup_buf_ struct ctr_buf text = { 0 };

	return ctr_spec_keys(values->json, &text, err) < 0 ? -1 : ctr_out_write(&text, err);
}

static int run_example(const struct ctr_args *args, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };

	return ctr_spec_example(args->n_names ? args->names[0] : "app", &text, err) < 0
		       ? -1
		       : ctr_out_write(&text, err);
}

static int run_schema(const struct ctr_args *args, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };

	(void)args;
	return ctr_spec_schema(&text, err) < 0 ? -1 : ctr_out_write(&text, err);
}

static const struct ctr_opt check_options[] = {
	{ "quiet", 'q', CTR_OPT_FLAG, offsetof(struct values, quiet), NULL, "print problems only" },
	{ 0 },
};

const struct ctr_cmd ctr_cmd_spec_check = {
	.name = "spec check",
	.help = "check specifications without defining anything",
	.usage = "[OPTIONS] FILE ...",
	.about = "Reads each specification and reports every problem with its place, the line\n"
		 "and the remedy.",
	.example = "ctr spec check ns1.yaml",
	.status = "0 all are good, 2 there are problems, 1 or 4 a file cannot be read",
	.options = check_options,
	.values_size = sizeof(struct values),
	.min_names = 1,
	.max_names = SIZE_MAX,
	.flags = CTR_CMD_FILES,
	.run = run_check,
};

static const struct ctr_opt keys_options[] = {
	{ "json", 0, CTR_OPT_FLAG, offsetof(struct values, json), NULL, "one array of objects" },
	{ 0 },
};

const struct ctr_cmd ctr_cmd_spec_keys = {
	.name = "spec keys",
	.help = "list all keys of a specification",
	.usage = "[OPTIONS]",
	.about = "Lists each key with its type, default and meaning. More in ctr-spec(5).",
	.example = "ctr spec keys | grep memory",
	.options = keys_options,
	.values_size = sizeof(struct values),
	.run = run_keys,
};

const struct ctr_cmd ctr_cmd_spec_example = {
	.name = "spec example",
	.help = "print a commented specification to start from",
	.usage = "[app | service]",
	.about = "Prints a commented specification for the profile (default: app). It passes\n"
		 "'ctr spec check' as it is.",
	.example = "ctr spec example service >ns1.yaml",
	.max_names = 1,
	.run = run_example,
};

const struct ctr_cmd ctr_cmd_spec_schema = {
	.name = "spec schema",
	.help = "print the JSON Schema of a specification, for editors",
	.usage = "",
	.about = "Prints the JSON Schema (draft 2020-12) of a specification. Editors complete\n"
		 "and check with it.",
	.example = "ctr spec schema >/usr/share/ctr/ctr-spec.schema.json",
	.run = run_schema,
};
