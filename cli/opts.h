/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A verb as data: its name, words for --help, options and function. The same rows are parsed,
 * printed by --help and listed for shell completion. Pure; any process.
 */
#ifndef CTR_CLI_OPTS_H
#define CTR_CLI_OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/error.h"

enum ctr_opt_kind {
	CTR_OPT_FLAG,   /* bool */
	CTR_OPT_STRING, /* const char *, borrowed from argv; the last one given counts */
	CTR_OPT_LIST,   /* char **, one element each time it is given; owned (ctr_args_done) */
};

/* A row; a NULL name ends the table. */
struct ctr_opt {
	const char *name; /* without dashes */
	char letter;      /* 0: none */
	enum ctr_opt_kind kind;
	size_t offset;   /* of the value in the verb's struct of values */
	const char *arg; /* what the value is called in --help; NULL for a flag */
	const char *help;
};

enum ctr_cmd_flags {
	CTR_CMD_ROOT = 1,       /* only root can do it */
	CTR_CMD_COMMAND = 2,    /* "-- COMMAND ..." may follow */
	CTR_CMD_CONTAINERS = 4, /* its names are containers: for shell completion */
	CTR_CMD_FILES = 8,      /* its names are files */
};

struct ctr_args {
	const struct ctr_cmd *cmd;
	void *values; /* the verb's struct, zeroed before the options were read */
	char **names; /* what is neither an option nor behind "--"; NULL-terminated, borrowed
			 elements */
	size_t n_names;
	char **command; /* what is behind "--", borrowed from argv; NULL without one */
	bool help;      /* -h or --help was among them: nothing else counts */
};

struct ctr_cmd {
	const char *name;    /* "start"; of two words: "spec check" */
	const char *help;    /* one line */
	const char *usage;   /* what follows the name; several forms are separated by '\n' */
	const char *about;   /* a paragraph or more */
	const char *example; /* lines */
	const char *status;  /* its exit status, when it is not the usual one; or NULL */
	const struct ctr_opt *options;
	size_t values_size;
	size_t min_names, max_names;
	unsigned int flags;
	/* Returns the exit status, or -1 with err. */
	int (*run)(const struct ctr_args *args, struct ctr_error *err);
};

/*
 * Reads what follows the verb: options before, between and behind names, "--name value",
 * "--name=value", "-nvalue",
 * "-abc"; "--" ends them. values is the verb's zeroed struct. CTR_E_USAGE names the option, and the
 * one that was meant; the number of names is checked too. ctr_args_done() frees, also after a
 * failure.
 */
int ctr_opts_parse(const struct ctr_cmd *cmd, int argc, char **argv, void *values,
		   struct ctr_args *ret_args, struct ctr_error *err);
void ctr_args_done(struct ctr_args *args);

/* What --help shows. */
void ctr_opts_help(const struct ctr_cmd *cmd, struct ctr_buf *ret_text);

/* Values of options; CTR_E_USAGE names the option and what it wants. */
int ctr_opts_duration(const char *option, const char *text, int64_t *ret_usec,
		      struct ctr_error *err);
int ctr_opts_signal(const char *option, const char *text, int *ret_signo, struct ctr_error *err);

#endif
