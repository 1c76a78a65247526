/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ctr run: a specification, or one made of the command line, run at once. Options become settings,
 * which the spec's own reader checks; nothing is decided here. CLI process (then the monitor); on
 * the hot path.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "cli/cli.h"
#include "cli/out.h"
#include "common/parse.h"
#include "common/path.h"
#include "common/strv.h"

struct values {
	bool detach, remove, interactive, terminal;
	const char *name, *rootfs, *network, *profile;
	char **host, **publish, **volume, **set;
};

/* "key=" and the text as a value that cannot be misread. */
static int add_setting(char ***settings, const char *key, const char *text, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf setting = { 0 };

	ctr_buf_printf(&setting, "%s=", key);
	ctr_spec_quote(text, &setting);
	if (ctr_buf_check(&setting, err) < 0)
		return -1;
	return ctr_strv_add(settings, ctr_buf_str(&setting), err);
}

static int add_list(char ***settings, const char *key, char *const *items, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf setting = { 0 };

	if (!items || !items[0])
		return 0;
	ctr_buf_printf(&setting, "%s=[", key);
	for (size_t i = 0; items[i]; i++) {
		ctr_buf_puts(&setting, i ? ", " : "");
		ctr_spec_quote(items[i], &setting);
	}
	ctr_buf_puts(&setting, "]");
	if (ctr_buf_check(&setting, err) < 0)
		return -1;
	return ctr_strv_add(settings, ctr_buf_str(&setting), err);
}

/* A path as a shell's user writes it -> clean and absolute; owned. */
static int absolute(const char *option, const char *path, char **ret_path, struct ctr_error *err)
{
	size_t len = strlen(path);

	if (ctr_path_is_clean(path) && (len == 1 || path[len - 1] != '/')) {
		*ret_path = strdup(path);
		return *ret_path ? 0 : ctr_err_nomem(err);
	}
	*ret_path = realpath(path, NULL);
	if (*ret_path)
		return 0;
	ctr_err_sys(err, "%s %s", option, path);
	if (err->sys_errno == ENOENT)
		err->code = CTR_E_NOTFOUND;
	return -1;
}

static int add_rootfs(char ***settings, const char *path, struct ctr_error *err)
{
	_cleanup_free_ char *whole = NULL;

	if (absolute("--rootfs", path, &whole, err) < 0)
		return -1;
	return add_setting(settings, "rootfs.path", whole, err);
}

/* --host PATH,PATH; may be given more than once. */
static int add_host(char ***settings, char *const *lists, struct ctr_error *err)
{
	_cleanup_strv_ char **paths = NULL;

	for (size_t i = 0; lists && lists[i]; i++) {
		_cleanup_free_ char *copy = strdup(lists[i]);
		char *rest = copy, *path;

		if (!copy)
			return ctr_err_nomem(err);
		while ((path = strsep(&rest, ",")))
			if (ctr_strv_add(&paths, path, err) < 0)
				return -1;
	}
	return add_list(settings, "rootfs.host", paths, err);
}

/* Sources that begin with '.' are meant from here. */
static int add_volumes(char ***settings, char *const *volumes, struct ctr_error *err)
{
	_cleanup_strv_ char **list = NULL;

	for (size_t i = 0; volumes && volumes[i]; i++) {
		_cleanup_free_ char *source = NULL, *whole = NULL, *volume = NULL;
		size_t len = strcspn(volumes[i], ":");

		if (volumes[i][0] != '.') {
			if (ctr_strv_add(&list, volumes[i], err) < 0)
				return -1;
			continue;
		}
		source = strndup(volumes[i], len);
		if (!source)
			return ctr_err_nomem(err);
		if (absolute("--volume", source, &whole, err) < 0)
			return -1;
		if (asprintf(&volume, "%s%s", whole, volumes[i] + len) < 0) {
			volume = NULL;
			return ctr_err_nomem(err);
		}
		if (ctr_strv_add(&list, volume, err) < 0)
			return -1;
	}
	return add_list(settings, "volumes", list, err);
}

/* Short enough for a host name, long enough that two never meet. */
static int add_name(char ***settings, const char *name, struct ctr_error *err)
{
	char generated[16];
	uint32_t random;

	if (name)
		return add_setting(settings, "name", name, err);
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return ctr_err_sys(err, "getrandom");
	(void)snprintf(generated, sizeof(generated), "run-%08" PRIx32, random);
	return add_setting(settings, "name", generated, err);
}

static int spec_from_options(const struct ctr_args *args, struct ctr_spec *spec,
			     struct ctr_error *err)
{
	const struct values *values = args->values;
	_cleanup_buf_ struct ctr_buf problems = { 0 };
	_cleanup_strv_ char **settings = NULL;

	if (add_name(&settings, values->name, err) < 0)
		return -1;
	if (values->rootfs && add_rootfs(&settings, values->rootfs, err) < 0)
		return -1;
	if (add_host(&settings, values->host, err) < 0)
		return -1;
	if (values->profile && add_setting(&settings, "profile", values->profile, err) < 0)
		return -1;
	if (values->network && add_setting(&settings, "network", values->network, err) < 0)
		return -1;
	if (add_list(&settings, "ports", values->publish, err) < 0 ||
	    add_volumes(&settings, values->volume, err) < 0 ||
	    ctr_strv_add_all(&settings, values->set, err) < 0)
		return -1;
	if (ctr_spec_from_settings(settings, args->command, spec, &problems, err) == 0)
		return 0;
	ctr_cli_problems(&problems);
	return -1;
}

static int rename_spec(struct ctr_spec *spec, const char *name, struct ctr_error *err)
{
	char *copy;

	if (!ctr_name_valid(name))
		return ctr_err_set(
			err, CTR_E_USAGE,
			"run: --name: '%.64s' is not a container's name; use a-z, 0-9, '-', '_' and '.', at most 63",
			name);
	/* The host name followed the name. */
	if (spec->hostname && !strcmp(spec->hostname, spec->name) && ctr_hostname_valid(name)) {
		copy = strdup(name);
		if (!copy)
			return ctr_err_nomem(err);
		free(spec->hostname);
		spec->hostname = copy;
	}
	copy = strdup(name);
	if (!copy)
		return ctr_err_nomem(err);
	free(spec->name);
	spec->name = copy;
	return 0;
}

static int spec_from_file(const struct ctr_args *args, struct ctr_spec *spec, struct ctr_error *err)
{
	const struct values *values = args->values;
	_cleanup_buf_ struct ctr_buf problems = { 0 };
	char **command = NULL;

	if (values->network || values->profile || values->publish || values->volume || values->set)
		return ctr_err_set(
			err, CTR_E_USAGE,
			"run: with a specification only --name, --detach, --rm, -i and -t can be given; write the "
			"rest into %.64s",
			args->names[0]);
	if (ctr_spec_read_file(args->names[0], spec, &problems, err) < 0) {
		ctr_cli_problems(&problems);
		return -1;
	}
	if (values->name && rename_spec(spec, values->name, err) < 0)
		return -1;
	if (!args->command || !args->command[0])
		return 0;
	if (ctr_strv_add_all(&command, args->command, err) < 0) {
		ctr_strv_free(command);
		return -1;
	}
	ctr_strv_free(spec->command);
	spec->command = command;
	return 0;
}

/* Exactly one of a specification, --rootfs and --host says where the files come from. */
static int check_source(const struct ctr_args *args, struct ctr_error *err)
{
	const struct values *values = args->values;
	int sources = (args->n_names > 0) + (values->rootfs != NULL) + (values->host != NULL);

	if (sources > 1 && args->n_names)
		return ctr_err_set(
			err, CTR_E_USAGE,
			"run: '%.64s' beside %s; a command follows behind '--', and a specification needs no %s",
			args->names[0], values->rootfs ? "--rootfs" : "--host",
			values->rootfs ? "--rootfs" : "--host");
	if (sources > 1)
		return ctr_err_set(err, CTR_E_USAGE,
				   "run: --rootfs beside --host; use one of them");
	for (size_t i = 0; values->set && values->set[i]; i++)
		sources += !strncmp(values->set[i], "rootfs", strlen("rootfs"));
	if (sources < 1)
		return ctr_err_set(
			err, CTR_E_USAGE,
			"run: what shall run? give SPEC.yaml, --rootfs DIR or --host PATH,...; see ctr run --help");
	if (!args->n_names && (!args->command || !args->command[0]))
		return ctr_err_set(err, CTR_E_USAGE,
				   "run: no command; write it behind '--': ctr run ... -- COMMAND");
	return 0;
}

static int run(const struct ctr_args *args, struct ctr_error *err)
{
	_cleanup_(ctr_host_close) struct ctr_host host = CTR_HOST_NULL;
	_cleanup_(ctr_spec_done) struct ctr_spec spec;
	_cleanup_buf_ struct ctr_buf name = { 0 };
	const struct values *values = args->values;
	const struct ctr_run_options options = {
		.detach = values->detach,
		.remove = values->remove,
		.interactive = values->interactive,
		.terminal = values->terminal,
	};
	int status = 0;

	ctr_spec_init(&spec);
	if (check_source(args, err) < 0 ||
	    (args->n_names ? spec_from_file(args, &spec, err)
			   : spec_from_options(args, &spec, err)) < 0)
		return -1;
	/* The runtime may free the specification before it waits. */
	ctr_buf_puts(&name, spec.name);
	if (ctr_buf_check(&name, err) < 0 || ctr_cli_host_open(&host, err) < 0)
		return -1;
	if (ctr_run(&host, &spec, &options, &status, err) < 0)
		return ctr_err_wrap(err, "%s", ctr_buf_str(&name));
	if (!values->detach)
		return status;
	ctr_buf_puts(&name, "\n");
	return ctr_out_write(&name, err);
}

#define AT(field) offsetof(struct values, field)

static const struct ctr_opt options[] = {
	{ "detach", 'd', CTR_OPT_FLAG, AT(detach), NULL, "run in the background; prints the name" },
	{ "rm", 0, CTR_OPT_FLAG, AT(remove), NULL, "delete the container when it has ended" },
	{ "interactive", 'i', CTR_OPT_FLAG, AT(interactive), NULL, "pass standard input" },
	{ "terminal", 't', CTR_OPT_FLAG, AT(terminal), NULL, "give it a terminal of its own" },
	{ "name", 'n', CTR_OPT_STRING, AT(name), "NAME",
	  "the container's name (default: run- and 8 digits)" },
	{ "rootfs", 0, CTR_OPT_STRING, AT(rootfs), "DIR",
	  "a directory as its root, used as it is" },
	{ "host", 0, CTR_OPT_LIST, AT(host), "PATH,...",
	  "these of the host's own files, read-only" },
	{ "network", 0, CTR_OPT_STRING, AT(network), "none|host|BRIDGE",
	  "its network (default: none)" },
	{ "publish", 'p', CTR_OPT_LIST, AT(publish), "HOST:PORT[/udp]",
	  "lead a port of the host into it" },
	{ "volume", 'v', CTR_OPT_LIST, AT(volume), "SOURCE:TARGET[:ro]",
	  "show a directory or file of the host" },
	{ "profile", 0, CTR_OPT_STRING, AT(profile), "app|service", "its powers (default: app)" },
	{ "set", 0, CTR_OPT_LIST, AT(set), "KEY=VALUE",
	  "any key of ctr-spec(5), such as cpu.weight=200" },
	{ 0 },
};

const struct ctr_cmd ctr_cmd_run = {
	.name = "run",
	.help = "create and start a container, and wait for it",
	.usage = "[-d] [--rm] [-i] [-t] [--name NAME] SPEC.yaml [-- COMMAND ...]\n"
		 "[OPTIONS] --rootfs DIR | --host PATH,... -- COMMAND ...",
	.about = "Runs a container from a specification or from options alone. In the foreground\n"
		 "its output, exit status and signals are passed on. Without --rm its definition\n"
		 "and log stay until 'ctr delete'.",
	.example =
		"ctr run --rm --host /usr -- /bin/sh -c 'id; ls /'\n"
		"ctr run -d --name web1 --rootfs /srv/web1 --network ctr0 -p 8080:80 -- /bin/httpd",
	.status = "the command's (128 + n after signal n), 126 it cannot be executed, 127 it was\n"
		  "not found; 1 to 5 when ctr itself fails; with --detach the usual one",
	.options = options,
	.values_size = sizeof(struct values),
	.min_names = 0,
	.max_names = 1,
	.flags = CTR_CMD_ROOT | CTR_CMD_COMMAND | CTR_CMD_FILES,
	.run = run,
};
