/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctr logs: the options, and which part of the log they mean; logs.c reads it. CLI process. */
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/logs.h"
#include "cli/words.h"
#include "common/parse.h"

struct values {
	bool follow, timestamps;
	const char *tail, *since, *stream;
};

/* "2026-11-21", "2026-11-21T10:00:00", with ":SS" and the zone left out or given ("Z"); local time
 * without "Z". */
static bool parse_moment(const char *text, time_t *ret_at)
{
	static const char *const formats[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
					       "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d" };

	for (size_t i = 0; i < CTR_ARRAY_LEN(formats); i++) {
		struct tm tm = { .tm_isdst = -1 };
		const char *end = strptime(text, formats[i], &tm);

		if (!end)
			continue;
		/* What the log itself prints may be given back: the fraction is dropped. */
		if (*end == '.')
			end += 1 + strspn(end + 1, "0123456789");
		if (*end && strcmp(end, "Z") != 0)
			continue;
		*ret_at = *end ? timegm(&tm) : mktime(&tm);
		return true;
	}
	return false;
}

static int parse_since(const char *text, char since[static 40], struct ctr_error *err)
{
	struct timespec at = { 0 };
	uint64_t usec;

	if (ctr_parse_duration(text, &usec)) {
		(void)clock_gettime(CLOCK_REALTIME, &at);
		at.tv_sec -=
			usec / 1000000 > (uint64_t)at.tv_sec ? at.tv_sec : (time_t)(usec / 1000000);
	} else if (!parse_moment(text, &at.tv_sec)) {
		return ctr_err_set(
			err, CTR_E_USAGE,
			"logs: --since: '%.64s' is not a time; use 10m (ago) or 2026-11-21T10:00:00Z",
			text);
	}
	(void)ctr_words_time(&at, since);
	return 0;
}

static int run(const struct ctr_args *args, struct ctr_error *err)
{
	_cleanup_(ctr_host_close) struct ctr_host host = CTR_HOST_NULL;
	const struct values *values = args->values;
	struct ctr_logs_options options = {
		.follow = values->follow,
		.timestamps = values->timestamps,
		.stream = values->stream,
		.tail = UINT64_MAX,
	};

	if (values->tail && !ctr_parse_u64(values->tail, UINT64_MAX - 1, &options.tail))
		return ctr_err_set(err, CTR_E_USAGE,
				   "logs: --tail: '%.64s' is not a number of lines", values->tail);
	if (values->since && parse_since(values->since, options.since, err) < 0)
		return -1;
	if (values->stream && strcmp(values->stream, "stdout") != 0 &&
	    strcmp(values->stream, "stderr") != 0)
		return ctr_err_set(err, CTR_E_USAGE,
				   "logs: --stream: '%.64s' is not a stream; use stdout or stderr",
				   values->stream);
	if (ctr_cli_host_open(&host, err) < 0)
		return -1;
	if (ctr_logs_print(&host, args->names[0], &options, err) < 0)
		return ctr_err_wrap(err, "%.64s", args->names[0]);
	return 0;
}

static const struct ctr_opt options[] = {
	{ "follow", 'f', CTR_OPT_FLAG, offsetof(struct values, follow), NULL,
	  "go on until the container has stopped" },
	{ "tail", 'n', CTR_OPT_STRING, offsetof(struct values, tail), "N",
	  "only the last N lines" },
	{ "since", 0, CTR_OPT_STRING, offsetof(struct values, since), "TIME",
	  "only what is newer: 10m, or 2026-11-21T10:00:00Z" },
	{ "timestamps", 't', CTR_OPT_FLAG, offsetof(struct values, timestamps), NULL,
	  "with the time and the stream of each line" },
	{ "stream", 0, CTR_OPT_STRING, offsetof(struct values, stream), "stdout|stderr",
	  "only this stream" },
	{ 0 },
};

const struct ctr_cmd ctr_cmd_logs = {
	.name = "logs",
	.help = "show what a container has printed",
	.usage = "[OPTIONS] NAME",
	.about = "Shows the log of a container: its standard output on standard output, its\n"
		 "standard error on standard error. On a terminal control characters are shown\n"
		 "as ^X; into a pipe they are written as they are.",
	.example = "ctr logs --tail 20 -f web1\nctr logs --timestamps --since 1h web1",
	.options = options,
	.values_size = sizeof(struct values),
	.min_names = 1,
	.max_names = 1,
	.flags = CTR_CMD_ROOT | CTR_CMD_CONTAINERS,
	.run = run,
};
