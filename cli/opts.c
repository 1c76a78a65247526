/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Command lines by table. A word that is not understood is never guessed: it is refused, with the
 * word that was probably meant. Pure; CLI process.
 */
#include "cli/opts.h"

#include <string.h>

#include "common/parse.h"
#include "common/strv.h"

static const struct ctr_opt help_option = { .name = "help", .letter = 'h', .help = "show this" };

#define VALUE(args, opt, type) ((type *)((char *)(args)->values + (opt)->offset))

/* The row of a long name of len bytes; --help is in every table. */
static const struct ctr_opt *find_long(const struct ctr_cmd *cmd, const char *name, size_t len)
{
	for (const struct ctr_opt *opt = cmd->options; opt && opt->name; opt++)
		if (!strncmp(opt->name, name, len) && !opt->name[len])
			return opt;
	return !strncmp(help_option.name, name, len) && !help_option.name[len] ? &help_option
									       : NULL;
}

static const struct ctr_opt *find_letter(const struct ctr_cmd *cmd, char letter)
{
	for (const struct ctr_opt *opt = cmd->options; opt && opt->name; opt++)
		if (opt->letter == letter)
			return opt;
	return letter == help_option.letter ? &help_option : NULL;
}

static int unknown_long(const struct ctr_cmd *cmd, const char *name, size_t len,
			struct ctr_error *err)
{
	const char *candidates[32] = { "help" };
	char word[64];
	const char *close = NULL;
	size_t n = 1;

	for (const struct ctr_opt *opt = cmd->options;
	     opt && opt->name && n + 1 < CTR_ARRAY_LEN(candidates); opt++)
		candidates[n++] = opt->name;
	(void)snprintf(word, sizeof(word), "%.*s", (int)len, name);
	if (len < sizeof(word))
		close = ctr_closest(word, candidates);
	ctr_err_set(err, CTR_E_USAGE, "%s: unknown option '--%s'", cmd->name, word);
	return close ? ctr_err_hint(err, "did you mean '--%s'?", close)
		     : ctr_err_hint(err, "see ctr %s --help", cmd->name);
}

static int set_value(struct ctr_args *args, const struct ctr_opt *opt, const char *text,
		     struct ctr_error *err)
{
	switch (opt->kind) {
	case CTR_OPT_FLAG:
		*VALUE(args, opt, bool) = true;
		return 0;
	case CTR_OPT_STRING:
		*VALUE(args, opt, const char *) = text;
		return 0;
	case CTR_OPT_LIST:
		return ctr_strv_add(VALUE(args, opt, char **), text, err);
	}
	return ctr_err_set(err, CTR_E_INTERNAL, "option '--%s' has no kind", opt->name);
}

static int missing_value(const struct ctr_args *args, const struct ctr_opt *opt,
			 struct ctr_error *err)
{
	return ctr_err_set(err, CTR_E_USAGE, "%s: option '--%s' wants a value; write --%s=%s",
			   args->cmd->name, opt->name, opt->name, opt->arg);
}

/* argv[*i] is "--name" or "--name=value". */
static int parse_long(struct ctr_args *args, int argc, char **argv, int *i, struct ctr_error *err)
{
	const char *name = argv[*i] + 2, *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct ctr_opt *opt = find_long(args->cmd, name, len);

	if (!opt)
		return unknown_long(args->cmd, name, len, err);
	if (opt->kind == CTR_OPT_FLAG && equals)
		return ctr_err_set(err, CTR_E_USAGE, "%s: option '--%s' takes no value",
				   args->cmd->name, opt->name);
	if (opt == &help_option) {
		args->help = true;
		return 0;
	}
	if (opt->kind != CTR_OPT_FLAG && !equals && ++*i >= argc)
		return missing_value(args, opt, err);
	return set_value(args, opt, equals ? equals + 1 : argv[*i], err);
}

/* argv[*i] is "-abc", "-nvalue" or "-n" with the value in the next word. */
static int parse_letters(struct ctr_args *args, int argc, char **argv, int *i,
			 struct ctr_error *err)
{
	for (const char *p = argv[*i] + 1; *p; p++) {
		const struct ctr_opt *opt = find_letter(args->cmd, *p);

		if (!opt)
			return ctr_err_set(err, CTR_E_USAGE,
					   "%s: unknown option '-%c'; see ctr %s --help",
					   args->cmd->name, *p, args->cmd->name);
		if (opt == &help_option) {
			args->help = true;
			continue;
		}
		if (opt->kind == CTR_OPT_FLAG) {
			if (set_value(args, opt, NULL, err) < 0)
				return -1;
			continue;
		}
		if (p[1])
			return set_value(args, opt, p + 1, err);
		if (++*i >= argc)
			return missing_value(args, opt, err);
		return set_value(args, opt, argv[*i], err);
	}
	return 0;
}

static int check_names(const struct ctr_args *args, struct ctr_error *err)
{
	const struct ctr_cmd *cmd = args->cmd;
	int first_form = (int)strcspn(cmd->usage, "\n");

	if (args->n_names < cmd->min_names)
		return ctr_err_set(err, CTR_E_USAGE, "%s: something is missing; usage: ctr %s %.*s",
				   cmd->name, cmd->name, first_form, cmd->usage);
	if (args->n_names <= cmd->max_names)
		return 0;
	ctr_err_set(err, CTR_E_USAGE, "%s: '%.64s' is one too many", cmd->name,
		    args->names[cmd->max_names]);
	if (cmd->flags & CTR_CMD_COMMAND)
		return ctr_err_hint(err, "the command follows behind '--': ctr %s %.*s", cmd->name,
				    first_form, cmd->usage);
	return ctr_err_hint(err, "usage: ctr %s %.*s", cmd->name, first_form, cmd->usage);
}

int ctr_opts_parse(const struct ctr_cmd *cmd, int argc, char **argv, void *values,
		   struct ctr_args *ret_args, struct ctr_error *err)
{
	*ret_args = (struct ctr_args){ .cmd = cmd, .values = values };
	ret_args->names = calloc((size_t)argc + 1, sizeof(*ret_args->names));
	if (!ret_args->names)
		return ctr_err_nomem(err);
	for (int i = 0; i < argc; i++) {
		int rc = 0;

		if (!strcmp(argv[i], "--")) {
			/* A verb without a command takes it as the end of options only. */
			if (cmd->flags & CTR_CMD_COMMAND) {
				ret_args->command = argv + i + 1;
				break;
			}
			while (++i < argc)
				ret_args->names[ret_args->n_names++] = argv[i];
			break;
		}
		if (argv[i][0] != '-' || !argv[i][1])
			ret_args->names[ret_args->n_names++] = argv[i];
		else if (argv[i][1] == '-')
			rc = parse_long(ret_args, argc, argv, &i, err);
		else
			rc = parse_letters(ret_args, argc, argv, &i, err);
		if (rc < 0)
			return -1;
	}
	return ret_args->help ? 0 : check_names(ret_args, err);
}

void ctr_args_done(struct ctr_args *args)
{
	for (const struct ctr_opt *opt = args->cmd ? args->cmd->options : NULL; opt && opt->name;
	     opt++) {
		if (opt->kind != CTR_OPT_LIST)
			continue;
		ctr_strv_free(*VALUE(args, opt, char **));
		*VALUE(args, opt, char **) = NULL;
	}
	free(args->names);
	*args = (struct ctr_args){ 0 };
}

static void help_row(const struct ctr_opt *opt, struct ctr_buf *out)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "%c%c%s--%s%s%s", opt->letter ? '-' : ' ',
		       opt->letter ? opt->letter : ' ', opt->letter ? ", " : "  ", opt->name,
		       opt->arg ? " " : "", opt->arg ? opt->arg : "");
	ctr_buf_printf(out, "  %-32s  %s\n", left, opt->help);
}

/* Each line of text behind a head: the first with "first", the others with as many blanks. */
static void lines(const char *text, const char *first, const char *other, const char *name,
		  struct ctr_buf *out)
{
	for (const char *head = first; *text; head = other) {
		int len = (int)strcspn(text, "\n");

		ctr_buf_printf(out, "%s%s%s%.*s\n", head, name, *name && len ? " " : "", len, text);
		text += len + (text[len] == '\n');
	}
}

void ctr_opts_help(const struct ctr_cmd *cmd, struct ctr_buf *ret_text)
{
	_cleanup_buf_ struct ctr_buf name = { 0 };

	ctr_buf_printf(&name, "ctr %s", cmd->name);
	if (*cmd->usage)
		lines(cmd->usage, "usage: ", "       ", ctr_buf_str(&name), ret_text);
	else
		ctr_buf_printf(ret_text, "usage: %s\n", ctr_buf_str(&name));
	ctr_buf_printf(ret_text, "\n%s\n\nOptions:\n", cmd->about);
	for (const struct ctr_opt *opt = cmd->options; opt && opt->name; opt++)
		help_row(opt, ret_text);
	help_row(&help_option, ret_text);
	ctr_buf_puts(ret_text, "\nExample:\n");
	lines(cmd->example, "  ", "  ", "", ret_text);
	ctr_buf_printf(
		ret_text, "\nExit status: %s; see ctr(8).\n",
		cmd->status
			? cmd->status
			: "0 done, 1 failed, 2 usage or specification, 3 wrong state, 4 not found,\n"
			  "5 the host lacks something");
}

int ctr_opts_duration(const char *option, const char *text, int64_t *ret_usec,
		      struct ctr_error *err)
{
	uint64_t usec;

	if (!ctr_parse_duration(text, &usec) || usec > INT64_MAX)
		return ctr_err_set(err, CTR_E_USAGE,
				   "%s: '%.64s' is not a time; use one such as 10s, 500ms or 2m",
				   option, text);
	*ret_usec = (int64_t)usec;
	return 0;
}

int ctr_opts_signal(const char *option, const char *text, int *ret_signo, struct ctr_error *err)
{
	if (!ctr_parse_signal(text, ret_signo))
		return ctr_err_set(
			err, CTR_E_USAGE,
			"%s: '%.64s' is not a signal; use one such as SIGTERM, INT, 15 or SIGRTMIN+3",
			option, text);
	return 0;
}
