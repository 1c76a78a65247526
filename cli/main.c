/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The command: finds the verb, reads its options, calls it, prints the error once and turns it into
 * the exit status. Nothing here may be slow: every start of a container goes through it.
 */
#include <fcntl.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/out.h"
#include "common/fd.h"
#include "common/parse.h"
#include "common/sys.h"

const struct ctr_cmd *const ctr_cmds[] = {
	&ctr_cmd_create,      &ctr_cmd_start,
	&ctr_cmd_run,         &ctr_cmd_exec,
	&ctr_cmd_stop,        &ctr_cmd_kill,
	&ctr_cmd_pause,       &ctr_cmd_resume,
	&ctr_cmd_delete,      &ctr_cmd_list,
	&ctr_cmd_state,       &ctr_cmd_logs,
	&ctr_cmd_wait,        &ctr_cmd_ps,
	&ctr_cmd_doctor,      &ctr_cmd_spec_check,
	&ctr_cmd_spec_keys,   &ctr_cmd_spec_example,
	&ctr_cmd_spec_schema, &ctr_cmd_completion,
	&ctr_cmd_version,     NULL,
};

static const char usage_line[] = "usage: ctr [--help | --version] VERB [OPTIONS] [NAME ...]\n";

/* A program started without them would open its first files as 0, 1 and 2, and print into them. */
static void open_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		(void)close(fd);
}

/* Whether name is the verb of one word, or the first of two with the second in next. */
static bool is_verb(const struct ctr_cmd *cmd, const char *name, const char *next, int *ret_words)
{
	size_t len = strlen(name);

	if (strncmp(cmd->name, name, len) != 0)
		return false;
	*ret_words = cmd->name[len] ? 2 : 1;
	return !cmd->name[len] ||
	       (cmd->name[len] == ' ' && next && !strcmp(cmd->name + len + 1, next));
}

static const struct ctr_cmd *find_verb(int argc, char **argv, int *ret_words)
{
	for (size_t i = 0; ctr_cmds[i]; i++)
		if (is_verb(ctr_cmds[i], argv[0], argc > 1 ? argv[1] : NULL, ret_words))
			return ctr_cmds[i];
	return NULL;
}

/* Whether there are verbs of two words that begin with this one. */
static bool is_group(const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; ctr_cmds[i]; i++)
		if (!strncmp(ctr_cmds[i]->name, word, len) && ctr_cmds[i]->name[len] == ' ')
			return true;
	return false;
}

/* All verbs, or those of a group. */
static void list_verbs(const char *group, struct ctr_buf *out)
{
	size_t len = strlen(group);

	for (size_t i = 0; ctr_cmds[i]; i++)
		if (!len ||
		    (!strncmp(ctr_cmds[i]->name, group, len) && ctr_cmds[i]->name[len] == ' '))
			ctr_buf_printf(out, "  %-13s  %s\n", ctr_cmds[i]->name, ctr_cmds[i]->help);
}

static int show_help(const char *group, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf text = { 0 };

	if (*group) {
		ctr_buf_printf(&text, "usage: ctr %s VERB [OPTIONS] ...\n\nVerbs:\n", group);
		list_verbs(group, &text);
	} else {
		ctr_buf_puts(&text, usage_line);
		ctr_buf_puts(
			&text,
			"\nIsolated application spaces from one YAML file each, with fair shares.\n\nVerbs:\n");
		list_verbs("", &text);
	}
	ctr_buf_puts(
		&text,
		"\n'ctr VERB --help' shows options and an example; more in ctr(8) and ctr-spec(5).\n");
	return ctr_out_write(&text, err) < 0 ? -1 : 0;
}

static int unknown_verb(int argc, char **argv, struct ctr_error *err)
{
	bool group = is_group(argv[0]);
	_cleanup_free_ char *word = NULL;
	const char *candidates[64] = { NULL }, *close;

	if (group && (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		if (argc > 1)
			return show_help(argv[0], err);
		return ctr_err_set(err, CTR_E_USAGE, "%s: a verb is missing; see ctr %s --help",
				   argv[0], argv[0]);
	}
	for (size_t i = 0; ctr_cmds[i] && i + 1 < CTR_ARRAY_LEN(candidates); i++)
		candidates[i] = ctr_cmds[i]->name;
	if (asprintf(&word, "%s%s%s", argv[0], group ? " " : "", group ? argv[1] : "") < 0) {
		word = NULL;
		return ctr_err_nomem(err);
	}
	close = ctr_closest(word, candidates);
	ctr_err_set(err, CTR_E_USAGE, "unknown verb '%.64s'", word);
	return close ? ctr_err_hint(err, "did you mean '%s'?", close)
		     : ctr_err_hint(err, "see ctr --help");
}

static int run_verb(const struct ctr_cmd *cmd, int argc, char **argv, struct ctr_error *err)
{
	_cleanup_free_ void *values = calloc(1, cmd->values_size + 1);
	_cleanup_(ctr_args_done) struct ctr_args args = { 0 };
	_cleanup_buf_ struct ctr_buf text = { 0 };

	if (!values)
		return ctr_err_nomem(err);
	if (ctr_opts_parse(cmd, argc, argv, values, &args, err) < 0)
		return -1;
	if (args.help) {
		ctr_opts_help(cmd, &text);
		return ctr_out_write(&text, err);
	}
	if ((cmd->flags & CTR_CMD_ROOT) && geteuid() != 0)
		return ctr_err_set(err, CTR_E_SYS, "must be run as root");
	return cmd->run(&args, err);
}

/* Returns the exit status, or -1 with err. */
static int dispatch(int argc, char **argv, struct ctr_error *err)
{
	const struct ctr_cmd *cmd;
	int words;

	if (argc < 1) {
		(void)ctr_fd_write_all(STDERR_FILENO, usage_line, strlen(usage_line), err);
		return ctr_err_set(err, CTR_E_USAGE, "a verb is missing; see ctr --help");
	}
	if (!strcmp(argv[0], "--help") || !strcmp(argv[0], "-h"))
		return show_help("", err);
	if (!strcmp(argv[0], "--version") || !strcmp(argv[0], "-V"))
		return run_verb(&ctr_cmd_version, 0, NULL, err);
	if (!strcmp(argv[0], "help")) {
		static char help[] = "--help";
		char *words_of_help[] = { argc > 1 ? argv[1] : help, argc > 2 ? argv[2] : help,
					  help };

		return dispatch(argc > 2 ? 3 : argc > 1 ? 2 : 1, words_of_help, err);
	}
	if (argv[0][0] == '-')
		return ctr_err_set(
			err, CTR_E_USAGE,
			"unknown option '%.64s'; options follow the verb, see ctr --help", argv[0]);
	cmd = find_verb(argc, argv, &words);
	return cmd ? run_verb(cmd, argc - words, argv + words, err) : unknown_verb(argc, argv, err);
}

int main(int argc, char **argv)
{
	struct ctr_error err;
	int status;

	open_standard_fds();
	if (argc > 0)
		ctr_sys_title_init(argc, argv);
	status = dispatch(argc - 1, argv + 1, &err);
	if (status >= 0)
		return status;
	ctr_cli_error(&err);
	return ctr_err_exit_status(&err);
}
