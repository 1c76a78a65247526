/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctr wait. CLI process. */
#include "cli/cli.h"

struct values {
	const char *timeout;
};

static int run(const struct ctr_args *args, struct ctr_error *err)
{
	_cleanup_(ctr_host_close) struct ctr_host host = CTR_HOST_NULL;
	const struct values *values = args->values;
	int64_t timeout_usec = -1;
	int status = 0;

	if (values->timeout &&
	    ctr_opts_duration("--timeout", values->timeout, &timeout_usec, err) < 0)
		return -1;
	if (ctr_cli_host_open(&host, err) < 0)
		return -1;
	if (ctr_wait(&host, args->names[0], timeout_usec, &status, err) < 0)
		return ctr_err_wrap(err, "%.64s", args->names[0]);
	return status;
}

static const struct ctr_opt options[] = {
	{ "timeout", 't', CTR_OPT_STRING, offsetof(struct values, timeout), "TIME",
	  "give up after it, such as 30s" },
	{ 0 },
};

const struct ctr_cmd ctr_cmd_wait = {
	.name = "wait",
	.help = "wait until a container has stopped",
	.usage = "[OPTIONS] NAME",
	.about = "Waits until the container has stopped, and ends with the exit status of its\n"
		 "command.",
	.example = "ctr wait --timeout 10m backup; echo $?",
	.status = "the command's (128 + n after signal n); 3 when the time is up, 4 not found",
	.options = options,
	.values_size = sizeof(struct values),
	.min_names = 1,
	.max_names = 1,
	.flags = CTR_CMD_ROOT | CTR_CMD_CONTAINERS,
	.run = run,
};
