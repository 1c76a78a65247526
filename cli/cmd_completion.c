/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctr completion: a script for the shell, made of the verb table. CLI process; any user. */
#include <string.h>

#include "cli/cli.h"
#include "cli/out.h"

static void add_words(const char *prefix, struct ctr_buf *out)
{
	size_t len = strlen(prefix);
	const char *last = "";
	size_t last_len = 0;

	/* Verbs of two words stand together: their first word is named once. */
	for (size_t i = 0; ctr_cmds[i]; i++) {
		const char *word = ctr_cmds[i]->name + len;
		size_t n;

		if (strncmp(ctr_cmds[i]->name, prefix, len) != 0)
			continue;
		n = strcspn(word, " ");
		if (n == last_len && !strncmp(word, last, n))
			continue;
		ctr_buf_printf(out, "%.*s ", (int)n, word);
		last = word;
		last_len = n;
	}
}

static void add_verb(const struct ctr_cmd *cmd, struct ctr_buf *out)
{
	ctr_buf_printf(out, "\t'%s')\n\t\toptions='--help", cmd->name);
	for (const struct ctr_opt *opt = cmd->options; opt && opt->name; opt++)
		ctr_buf_printf(out, " --%s", opt->name);
	ctr_buf_puts(out, "'\n");
	if (cmd->flags & CTR_CMD_CONTAINERS)
		ctr_buf_puts(out, "\t\tnames=\"$(ctr list -q 2>/dev/null)\"\n");
	if (cmd->flags & CTR_CMD_FILES)
		ctr_buf_puts(out, "\t\tfiles=1\n");
	ctr_buf_puts(out, "\t\t;;\n");
}

static int run(const struct ctr_args *args, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf out = { 0 };

	if (strcmp(args->names[0], "bash") != 0)
		return ctr_err_set(err, CTR_E_USAGE, "completion: no script for '%.64s'; use bash",
				   args->names[0]);
	ctr_buf_puts(&out,
		     "# bash completion for ctr; made by 'ctr completion bash'\n"
		     "_ctr() {\n"
		     "\tlocal current=\"${COMP_WORDS[COMP_CWORD]}\" verb=\"${COMP_WORDS[1]}\"\n"
		     "\tlocal options='' names='' files=''\n"
		     "\tlocal i\n"
		     "\tCOMPREPLY=()\n"
		     "\tfor ((i = 2; i < COMP_CWORD; i++)); do\n"
		     "\t\tif [ \"${COMP_WORDS[i]}\" = -- ]; then\n"
		     "\t\t\tcompopt -o default\n"
		     "\t\t\treturn\n"
		     "\t\tfi\n"
		     "\tdone\n"
		     "\tif [ \"$COMP_CWORD\" = 1 ]; then\n"
		     "\t\tmapfile -t COMPREPLY < <(compgen -W '");
	add_words("", &out);
	ctr_buf_puts(&out, "--help --version' -- \"$current\")\n"
			   "\t\treturn\n"
			   "\tfi\n"
			   "\tif [ \"$verb\" = spec ]; then\n"
			   "\t\tif [ \"$COMP_CWORD\" = 2 ]; then\n"
			   "\t\t\tmapfile -t COMPREPLY < <(compgen -W '");
	add_words("spec ", &out);
	ctr_buf_puts(&out, "--help' -- \"$current\")\n"
			   "\t\t\treturn\n"
			   "\t\tfi\n"
			   "\t\tverb=\"spec ${COMP_WORDS[2]}\"\n"
			   "\tfi\n"
			   "\tcase \"$verb\" in\n");
	for (size_t i = 0; ctr_cmds[i]; i++)
		add_verb(ctr_cmds[i], &out);
	ctr_buf_puts(&out,
		     "\tesac\n"
		     "\tcase \"$current\" in\n"
		     "\t-*) mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$current\") ;;\n"
		     "\t*)\n"
		     "\t\tmapfile -t COMPREPLY < <(compgen -W \"$names\" -- \"$current\")\n"
		     "\t\tif [ -n \"$files\" ]; then compopt -o default; fi\n"
		     "\t\t;;\n"
		     "\tesac\n"
		     "}\n"
		     "complete -F _ctr ctr\n");
	return ctr_out_write(&out, err);
}

const struct ctr_cmd ctr_cmd_completion = {
	.name = "completion",
	.help = "print a script that completes verbs, options and names",
	.usage = "bash",
	.about = "Prints a script for the shell that completes verbs, options, names of\n"
		 "containers and files.",
	.example = "ctr completion bash >/etc/bash_completion.d/ctr",
	.min_names = 1,
	.max_names = 1,
	.run = run,
};
