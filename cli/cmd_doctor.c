/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ctr doctor: what this host lacks, with the remedy for each; and taking ctr off a host again. What
 * keeps every container from running shows as a failure to open the host. CLI process.
 */
#include <json-c/json.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/out.h"

struct values {
	bool json, quiet, remove;
};

static const char *const areas[] = { "cgroups", "network", "files", "powers" };

/* A line "area: name: finding; remedy" of len bytes as an object. */
static struct json_object *finding_json(const char *line, size_t len)
{
	static const char *const keys[] = { "area", "name" };
	struct json_object *object = json_object_new_object();
	_cleanup_free_ char *copy = strndup(line, len);
	char *rest = copy, *remedy;

	if (!copy)
		return object;
	for (size_t i = 0; i < CTR_ARRAY_LEN(keys); i++) {
		char *colon = strstr(rest, ": ");

		if (!colon)
			break;
		*colon = '\0';
		(void)json_object_object_add(object, keys[i], ctr_json_text(rest));
		rest = colon + 2;
	}
	remedy = strstr(rest, "; ");
	if (remedy) {
		*remedy = '\0';
		remedy += 2;
	}
	(void)json_object_object_add(object, "finding", ctr_json_text(rest));
	(void)json_object_object_add(object, "remedy", ctr_json_text(remedy));
	return object;
}

static int print_json(const struct ctr_buf *lines, const struct ctr_error *essential,
		      struct ctr_error *err)
{
	struct json_object *object = json_object_new_object(), *array = json_object_new_array();
	const char *p = ctr_buf_str(lines);

	if (!object || !array)
		return ctr_err_nomem(err);
	while (*p) {
		size_t len = strcspn(p, "\n");

		(void)json_object_array_add(array, finding_json(p, len));
		p += len + (p[len] == '\n');
	}
	(void)json_object_object_add(object, "works", json_object_new_boolean(!essential));
	(void)json_object_object_add(object, "essential",
				     ctr_json_text(essential ? essential->msg : NULL));
	(void)json_object_object_add(object, "findings", array);
	return ctr_json_print(object, err);
}

/* Appends the lines of an area; false when there are none. */
static bool add_area(const char *lines, const char *area, struct ctr_buf *out)
{
	size_t len = strlen(area);
	bool found = false;

	for (const char *p = lines; *p;) {
		size_t n = strcspn(p, "\n");

		if (!strncmp(p, area, len) && p[len] == ':') {
			ctr_out_clean(p, n, "", out);
			ctr_buf_puts(out, "\n");
			found = true;
		}
		p += n + (p[n] == '\n');
	}
	return found;
}

static int print_text(const struct ctr_buf *lines, bool quiet, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };

	for (size_t i = 0; i < CTR_ARRAY_LEN(areas); i++)
		if (!add_area(ctr_buf_str(lines), areas[i], &text) && !quiet)
			ctr_buf_printf(&text, "%s: ok\n", areas[i]);
	return ctr_out_write(&text, err);
}

static int run(const struct ctr_args *args, struct ctr_error *err)
{
	_cleanup_(ctr_host_close) struct ctr_host host = CTR_HOST_NULL;
	const struct values *values = args->values;
	_cleanup_buf_ struct ctr_buf lines = { 0 };
	struct ctr_error ignored;

	if (ctr_cli_host_open(&host, err) < 0) {
		/* Nothing can run: the one finding that counts. */
		if (values->json && !values->remove)
			(void)print_json(&lines, err, &ignored);
		return -1;
	}
	if (values->remove)
		return ctr_uninstall_host(&host, err);
	if (ctr_doctor(&host, &lines, err) < 0)
		return -1;
	return values->json ? print_json(&lines, NULL, err)
			    : print_text(&lines, values->quiet, err);
}

static const struct ctr_opt options[] = {
	{ "json", 0, CTR_OPT_FLAG, offsetof(struct values, json), NULL,
	  "one object with the findings" },
	{ "quiet", 'q', CTR_OPT_FLAG, offsetof(struct values, quiet), NULL, "print findings only" },
	{ "remove-host-state", 0, CTR_OPT_FLAG, offsetof(struct values, remove), NULL,
	  "take away what ctr made on this host" },
	{ 0 },
};

const struct ctr_cmd ctr_cmd_doctor = {
	.name = "doctor",
	.help = "say what this host lacks, and the remedies",
	.usage = "[OPTIONS]",
	.about = "Looks at cgroups, network, files and powers of this host and prints a line for\n"
		 "each thing that keeps a setting from working, with its remedy. With\n"
		 "--remove-host-state it removes the cgroups, bridges, nftables table, caches and\n"
		 "directories that ctr made; no container may be defined.",
	.example = "ctr doctor",
	.status = "0 containers can run here, 5 something essential is missing; 3 containers are\n"
		  "defined (--remove-host-state)",
	.options = options,
	.values_size = sizeof(struct values),
	.flags = CTR_CMD_ROOT,
	.run = run,
};
