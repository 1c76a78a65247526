/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of the process: what it is called, what runs, how it ends. Pure; any process. */
#include <stddef.h>
#include <string.h>

#include "common/parse.h"
#include "spec/tables.h"

static bool check_name(const char *text, const char **ret_why)
{
	*ret_why = "is not a container's name; use a-z, 0-9, '.', '_' and '-', at most 63, the "
		   "first a letter or digit";
	return ctr_name_valid(text);
}

static bool check_hostname(const char *text, const char **ret_why)
{
	*ret_why = "is not a host name; use letters, digits and hyphens, in labels with dots, at "
		   "most 64 in all";
	return ctr_hostname_valid(text);
}

static bool check_working_dir(const char *text, const char **ret_why)
{
	if (!ctr_spec_is_clean(text)) {
		*ret_why = CTR_SPEC_NOT_CLEAN;
		return false;
	}
	/* /proc/self/fd/7 and /proc/PID/cwd lead to wherever an open file is (CVE-2024-21626). */
	*ret_why = "lies in /proc; use a directory of the container's own files";
	return !ctr_spec_is_below(text, "/proc");
}

bool ctr_spec_check_variable(const char *text, const char **ret_why)
{
	size_t len = strlen(text);

	*ret_why = "is not a name; use 1 to 255 characters, without '=' and blanks";
	return len >= 1 && len <= 255 && !strpbrk(text, "= \t\n");
}

static bool check_label(const char *text, const char **ret_why)
{
	size_t len = strlen(text);

	*ret_why = "is not a label; use letters, digits, '.', '_', '-' and '/', at most 255";
	return len >= 1 && len <= 255 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/") ==
		       len;
}

static void command_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
			 void *base, struct ctr_problems *problems)
{
	struct ctr_schema_key row = *key;

	if (node->kind == CTR_DOC_TEXT && !ctr_doc_is_null(node)) {
		ctr_schema_problem(problems, node,
				   "a single text; write a list, one item for each argument: "
				   "[/bin/sh, -c, \"...\"]");
		return;
	}
	if (node->kind == CTR_DOC_LIST && node->first && node->first->kind == CTR_DOC_TEXT &&
	    !node->first->text[0] && !node->first->bad) {
		ctr_schema_problem(problems, node->first,
				   "the program's name is empty; name the program to run");
		return;
	}
	/* Only arguments may be empty. */
	if (node->n)
		row.flags |= CTR_KEY_EMPTY;
	ctr_type_texts.read(&row, node, base, problems);
}

static void command_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	ctr_type_texts.dump(key, base, out);
}

static const struct ctr_schema_type type_command = {
	"list",
	"{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":[\"string\",\"number\",\"boolean\"]"
	"}}",
	command_read, command_dump
};

static void signal_read(const struct ctr_schema_key *key, const struct ctr_doc_node *node,
			void *base, struct ctr_problems *problems)
{
	const char *text = ctr_schema_text(node, problems);

	if (text && !ctr_parse_signal(text, CTR_FIELD(base, key, int)))
		ctr_schema_wanted(problems, node,
				  "a signal, such as SIGTERM, INT, 15 or SIGRTMIN+3");
}

static void signal_dump(const struct ctr_schema_key *key, const void *base, struct ctr_buf *out)
{
	char text[16];

	ctr_buf_puts(out, ctr_format_signal(*CTR_CONST_FIELD(base, key, int), text));
}

static const struct ctr_schema_type type_signal = { "signal", "{\"type\":[\"string\",\"integer\"]}",
						    signal_read, signal_dump };

#define AT(field) offsetof(struct ctr_spec, field)

static const char *const profile_words[] = { "app", "service", "vps", NULL };
static const char *const init_words[] = { "none", "reaper", NULL };
/* Quoting is never needed: the word is the text "no". */
static const char *const restart_words[] = { "no", "on-failure", "always", NULL };

const struct ctr_schema_key ctr_keys_process[] = {
	{ "name", &ctr_type_text, AT(name), .flags = CTR_KEY_REQUIRED, .check = check_name,
	  .help = "the container's name: a-z, 0-9, '.', '_', '-'" },
	{ "profile", &ctr_type_word, AT(sec.profile), .flags = CTR_KEY_LAST_LATER,
	  .words = profile_words, .fallback = "app",
	  .help = "app: an application with its own files; service: a packaged service with few "
		  "powers" },
	{ "hostname", &ctr_type_text, AT(hostname), .check = check_hostname, .fallback = "the name",
	  .help = "host name inside" },
	{ "labels", &ctr_type_map, AT(labels), .flags = CTR_KEY_EMPTY, .check = check_label,
	  .help = "free text by key; 'account' is what usage is billed to" },
	{ "command", &type_command, AT(command), .flags = CTR_KEY_REQUIRED | CTR_KEY_MULTILINE,
	  .help = "the program and its arguments, as a list" },
	{ "user", &ctr_type_text, AT(sec.user), .check = ctr_spec_check_user, .fallback = "root",
	  .help = "name, uid, name:group or uid:gid inside the container" },
	{ "working_dir", &ctr_type_text, AT(working_dir), .check = check_working_dir,
	  .fallback = "/", .help = "directory the command starts in" },
	{ "environment", &ctr_type_map, AT(environment), .flags = CTR_KEY_EMPTY | CTR_KEY_MULTILINE,
	  .check = ctr_spec_check_variable,
	  .help = "variables of the command; none come from the caller" },
	{ "init", &ctr_type_either, AT(reaper), .words = init_words, .fallback = "none",
	  .help = "reaper: a tiny pid 1 that passes signals on and collects orphans" },
	{ 0 },
};

static const struct ctr_schema_key stop_keys[] = {
	{ "signal", &type_signal, AT(stop_signal), .fallback = "SIGTERM",
	  .help = "sent first to stop it" },
	{ "timeout", &ctr_type_duration, AT(stop_timeout_usec), .max = UINT64_C(86400000000),
	  .fallback = "10s", .help = "time until it is killed" },
	{ 0 },
};

static const struct ctr_schema_key restart_keys[] = {
	{ "policy", &ctr_type_word, AT(restart), .words = restart_words, .fallback = "no",
	  .help = "start again after it ended: no, on-failure (not after status 0), always" },
	{ "delay", &ctr_type_duration, AT(restart_delay_usec), .max = UINT64_C(3600000000),
	  .fallback = "1s", .help = "pause before it" },
	{ "max", &ctr_type_number32, AT(restart_max), .max = UINT32_MAX, .fallback = "0",
	  .help = "give up after so many restarts; 0: never" },
	{ 0 },
};

static const struct ctr_schema_key autostart_keys[] = {
	{ "enabled", &ctr_type_later, .flags = CTR_KEY_LATER, .help = "start at boot" },
	{ "priority", &ctr_type_later, .flags = CTR_KEY_LATER, .help = "order of starts at boot" },
	{ 0 },
};

static const struct ctr_schema_key healthcheck_keys[] = {
	{ "command", &ctr_type_later, .flags = CTR_KEY_LATER,
	  .help = "run inside; status 0 is healthy" },
	{ "interval", &ctr_type_later, .flags = CTR_KEY_LATER, .help = "time between two runs" },
	{ "timeout", &ctr_type_later, .flags = CTR_KEY_LATER, .help = "longest run" },
	{ "retries", &ctr_type_later, .flags = CTR_KEY_LATER, .help = "failures until unhealthy" },
	{ 0 },
};

const struct ctr_schema_key ctr_keys_life[] = {
	{ "stop", &ctr_type_section, .section = stop_keys, .help = "how it is stopped" },
	{ "restart", &ctr_type_section, .section = restart_keys,
	  .help = "what happens when it ends" },
	{ "autostart", &ctr_type_section, .flags = CTR_KEY_LATER, .section = autostart_keys,
	  .help = "starting at boot" },
	{ "healthcheck", &ctr_type_section, .flags = CTR_KEY_LATER, .section = healthcheck_keys,
	  .help = "whether it works" },
	{ 0 },
};
