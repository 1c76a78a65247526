/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctr create: specifications -> defined containers. CLI process. */
#include "cli/cli.h"

static int create_one(struct ctr_host *host, const char *path, struct ctr_error *err)
{
	_cleanup_(ctr_spec_done) struct ctr_spec spec;
	_cleanup_buf_ struct ctr_buf problems = { 0 };

	ctr_spec_init(&spec);
	if (ctr_spec_read_file(path, &spec, &problems, err) < 0) {
		ctr_cli_problems(&problems);
		return -1;
	}
	if (ctr_create(host, &spec, err) < 0)
		return ctr_err_wrap(err, "%s", spec.name);
	return 0;
}

static int run(const struct ctr_args *args, struct ctr_error *err)
{
	_cleanup_(ctr_host_close) struct ctr_host host = CTR_HOST_NULL;
	int status = 0;

	if (ctr_cli_host_open(&host, err) < 0)
		return -1;
	for (size_t i = 0; i < args->n_names; i++) {
		struct ctr_error failure;

		if (create_one(&host, args->names[i], &failure) == 0)
			continue;
		ctr_cli_error(&failure);
		if (!status)
			status = ctr_err_exit_status(&failure);
	}
	return status;
}

const struct ctr_cmd ctr_cmd_create = {
	.name = "create",
	.help = "define containers from specifications",
	.usage = "SPEC.yaml ...",
	.about = "Checks each specification, see ctr-spec(5), and defines its container. The\n"
		 "definition survives a reboot; nothing runs before 'ctr start'.",
	.example = "ctr spec example service >ns1.yaml\nctr create ns1.yaml && ctr start ns1",
	.min_names = 1,
	.max_names = SIZE_MAX,
	.flags = CTR_CMD_ROOT | CTR_CMD_FILES,
	.run = run,
};
