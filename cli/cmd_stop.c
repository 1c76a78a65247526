/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctr stop. CLI process. */
#include "cli/cli.h"

struct values {
	const char *signal, *timeout;
};

static int stop_one(struct ctr_host *host, const char *name, void *data, struct ctr_error *err)
{
	return ctr_stop(host, name, data, err);
}

static int run(const struct ctr_args *args, struct ctr_error *err)
{
	const struct values *values = args->values;
	struct ctr_stop_options options = { .timeout_usec = -1 };

	if (values->signal && ctr_opts_signal("--signal", values->signal, &options.signal, err) < 0)
		return -1;
	if (values->timeout &&
	    ctr_opts_duration("--timeout", values->timeout, &options.timeout_usec, err) < 0)
		return -1;
	return ctr_cli_each(args, stop_one, &options, err);
}

static const struct ctr_opt options[] = {
	{ "signal", 's', CTR_OPT_STRING, offsetof(struct values, signal), "SIGNAL",
	  "ask with this one (default: stop.signal)" },
	{ "timeout", 't', CTR_OPT_STRING, offsetof(struct values, timeout), "TIME",
	  "time to obey, such as 30s (default: stop.timeout)" },
	{ 0 },
};

const struct ctr_cmd ctr_cmd_stop = {
	.name = "stop",
	.help = "end containers: by their stop signal, after their time by force",
	.usage = "[OPTIONS] NAME ...",
	.about = "Sends the stop signal to the first process of each container, waits, and kills\n"
		 "all that is left when the time is up. A container that is stopped already is\n"
		 "no error.",
	.example = "ctr stop --timeout 30s web1",
	.options = options,
	.values_size = sizeof(struct values),
	.min_names = 1,
	.max_names = SIZE_MAX,
	.flags = CTR_CMD_ROOT | CTR_CMD_CONTAINERS,
	.run = run,
};
