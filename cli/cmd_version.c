/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctr version. CLI process; any user. */
#include <json-c/json.h>
#include <sys/utsname.h>

#include "cli/cli.h"
#include "cli/out.h"

struct values {
	bool json;
};

static int run(const struct ctr_args *args, struct ctr_error *err)
{
	const struct values *values = args->values;
	_cleanup_buf_ struct ctr_buf text = { 0 };
	struct json_object *object;
	struct utsname host;

	if (!values->json) {
		ctr_buf_puts(&text, "ctr " CTR_VERSION "\n");
		return ctr_out_write(&text, err);
	}
	if (uname(&host) < 0)
		return ctr_err_sys(err, "uname");
	object = json_object_new_object();
	if (!object)
		return ctr_err_nomem(err);
	(void)json_object_object_add(object, "version", json_object_new_string(CTR_VERSION));
	(void)json_object_object_add(object, "kernel", ctr_json_text(host.release));
	(void)json_object_object_add(object, "machine", ctr_json_text(host.machine));
	return ctr_json_print(object, err);
}

static const struct ctr_opt options[] = {
	{ "json", 0, CTR_OPT_FLAG, offsetof(struct values, json), NULL,
	  "one object, with the kernel's release" },
	{ 0 },
};

const struct ctr_cmd ctr_cmd_version = {
	.name = "version",
	.help = "show the version",
	.usage = "[OPTIONS]",
	.about = "Shows the version of ctr.",
	.example = "ctr version --json",
	.options = options,
	.values_size = sizeof(struct values),
	.run = run,
};
