/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Command lines by table, --help from the same table, tables on a terminal, and text that must not
 * steer one. */
#include "cli/opts.h"

#include <json-c/json.h>

#include "cli/out.h"
#include "cli/words.h"
#include "common/strv.h"
#include "tests/unit/tap.h"

struct values {
	bool detach, interactive, terminal;
	const char *name;
	char **publish;
};

static const struct ctr_opt options[] = {
	{ "detach", 'd', CTR_OPT_FLAG, offsetof(struct values, detach), NULL, "in the background" },
	{ "interactive", 'i', CTR_OPT_FLAG, offsetof(struct values, interactive), NULL,
	  "pass stdin" },
	{ "terminal", 't', CTR_OPT_FLAG, offsetof(struct values, terminal), NULL, "a terminal" },
	{ "name", 0, CTR_OPT_STRING, offsetof(struct values, name), "NAME", "its name" },
	{ "publish", 'p', CTR_OPT_LIST, offsetof(struct values, publish), "HOST:PORT", "a port" },
	{ 0 },
};

static const struct ctr_cmd with_command = {
	.name = "run",
	.help = "run",
	.usage = "[OPTIONS] SPEC [-- COMMAND]\n[OPTIONS] -- COMMAND",
	.about = "Runs.",
	.example = "ctr run x\nctr run y",
	.options = options,
	.values_size = sizeof(struct values),
	.max_names = 1,
	.flags = CTR_CMD_COMMAND,
};

static const struct ctr_cmd with_names = {
	.name = "start",
	.help = "start",
	.usage = "NAME ...",
	.about = "Starts.",
	.example = "ctr start x",
	.status = "0 always",
	.options = options,
	.values_size = sizeof(struct values),
	.min_names = 1,
	.max_names = 3,
};

static struct values values;
static struct ctr_args args;
static struct ctr_error err;

/* Parses the words behind cmd; what the last call left is freed. */
static int parse(const struct ctr_cmd *cmd, char **words)
{
	ctr_args_done(&args);
	memset(&values, 0, sizeof(values));
	memset(&err, 0, sizeof(err));
	return ctr_opts_parse(cmd, (int)ctr_strv_len(words), words, &values, &args, &err);
}

#define PARSE(cmd, ...) parse((cmd), (char *[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

static void test_forms(void)
{
	is_int(PARSE(&with_command, "-d", "--name", "web1", "spec.yaml"), 0,
	       "options, then a name");
	ok(values.detach && !values.terminal, "the flag that was given is set, the other is not");
	is_str(values.name, "web1", "--name VALUE");
	is_int((long long)args.n_names, 1, "one name");
	is_str(args.names[0], "spec.yaml", "which is the name");
	ok(!args.command, "no command");

	is_int(PARSE(&with_command, "spec.yaml", "--name=web2", "-it"), 0,
	       "options behind the name");
	is_str(values.name, "web2", "--name=VALUE");
	ok(values.interactive && values.terminal, "flags in one word");

	is_int(PARSE(&with_command, "--name="), 0, "an empty value");
	is_str(values.name, "", "is empty, not missing");
	is_int(PARSE(&with_command, "--name=a=b"), 0, "a value with an equals sign");
	is_str(values.name, "a=b", "is whole");
	is_int(PARSE(&with_command, "--name", "a", "--name", "b"), 0, "given twice");
	is_str(values.name, "b", "the last one counts");
	is_int(PARSE(&with_command, "--name", "-d"), 0, "a value that looks like an option");
	is_str(values.name, "-d", "is a value");
	ok(!values.detach, "and no option");

	is_int(PARSE(&with_command, "-p1:2", "-p", "3:4", "--publish=5:6", "-dp", "7:8"), 0,
	       "a list");
	is_int((long long)ctr_strv_len(values.publish), 4, "has all of them");
	is_str(values.publish[0], "1:2", "-pVALUE");
	is_str(values.publish[1], "3:4", "-p VALUE");
	is_str(values.publish[2], "5:6", "--publish=VALUE");
	is_str(values.publish[3], "7:8", "-dp VALUE");
	ok(values.detach, "and the flag in front of it");
}

static void test_command(void)
{
	is_int(PARSE(&with_command, "x", "-d", "--", "ls", "-l", "--", "--help"), 0,
	       "a command behind --");
	is_int((long long)ctr_strv_len(args.command), 4, "all of it is the command");
	is_str(args.command[0], "ls", "from the first word");
	is_str(args.command[2], "--", "a second -- is an argument");
	ok(!args.help, "its --help is not ours");
	is_int(PARSE(&with_command, "--"), 0, "an empty command");
	ok(args.command && !args.command[0], "is there, and empty");
	is_int(PARSE(&with_command, "x", "ls", "-i"), -1, "a command without --");
	ok(strstr(err.msg, "'ls' is one too many") && strstr(err.msg, "behind '--'"),
	   "says where it belongs");

	is_int(PARSE(&with_names, "--", "-d", "--name"), 0,
	       "without a command -- ends the options");
	is_int((long long)args.n_names, 2, "what follows are names");
	is_str(args.names[0], "-d", "whatever they look like");
	ok(!values.detach, "not options");
	is_int(PARSE(&with_names, "-"), 0, "a single hyphen");
	is_str(args.names[0], "-", "is a name");
}

static void test_refused(void)
{
	is_int(PARSE(&with_names, "--detahc", "x"), -1, "an unknown option");
	is_int(err.code, CTR_E_USAGE, "is a usage error");
	is_str(err.msg, "start: unknown option '--detahc'; did you mean '--detach'?",
	       "with the one that was meant");
	is_int(PARSE(&with_names, "--zzzzzz", "x"), -1, "one that is like none");
	is_str(err.msg, "start: unknown option '--zzzzzz'; see ctr start --help",
	       "with the place to look");
	is_int(PARSE(&with_names, "--nam", "x"), -1, "an abbreviation is not guessed");
	is_int(PARSE(&with_names, "-dx", "x"), -1, "an unknown letter among others");
	is_str(err.msg, "start: unknown option '-x'; see ctr start --help", "is named");
	is_int(PARSE(&with_names, "--detach=yes", "x"), -1, "a value for a flag");
	is_str(err.msg, "start: option '--detach' takes no value", "is refused");
	is_int(PARSE(&with_names, "x", "--name"), -1, "a missing value");
	is_str(err.msg, "start: option '--name' wants a value; write --name=NAME", "is asked for");
	is_int(PARSE(&with_names, "x", "-p"), -1, "a missing value of a letter");
	is_int(PARSE(&with_names), -1, "no name");
	is_str(err.msg, "start: something is missing; usage: ctr start NAME ...",
	       "shows the usage");
	is_int(PARSE(&with_names, "a", "b", "c", "d"), -1, "too many names");
	is_int(err.code, CTR_E_USAGE, "is a usage error, too");
	is_int(PARSE(&with_names, "--help"), 0, "--help needs no name");
	ok(args.help, "and is seen");
	is_int(PARSE(&with_names, "-dh"), 0, "-h among letters");
	ok(args.help, "is seen as well");
}

static void test_values(void)
{
	int64_t usec = -1;
	int signo = 0;

	is_int(ctr_opts_duration("--timeout", "1500ms", &usec, &err), 0, "a time");
	is_int(usec, 1500000, "in microseconds");
	is_int(ctr_opts_duration("--timeout", "5 parsecs", &usec, &err), -1, "no time");
	ok(!strncmp(err.msg, "--timeout: '5 parsecs' is not a time", 36), "names the option");
	is_int(ctr_opts_duration("--timeout", "9223372036854775808us", &usec, &err), -1,
	       "a time that is too long");
	is_int(ctr_opts_signal("--signal", "TERM", &signo, &err), 0, "a signal");
	is_int(signo, 15, "as a number");
	is_int(ctr_opts_signal("--signal", "SIGTREM", &signo, &err), -1, "no signal");
	is_int(err.code, CTR_E_USAGE, "is a usage error");
}

static void test_help(void)
{
	struct ctr_buf text = { 0 };

	ctr_opts_help(&with_command, &text);
	is_str(ctr_buf_str(&text),
	       "usage: ctr run [OPTIONS] SPEC [-- COMMAND]\n"
	       "       ctr run [OPTIONS] -- COMMAND\n"
	       "\n"
	       "Runs.\n"
	       "\n"
	       "Options:\n"
	       "  -d, --detach                      in the background\n"
	       "  -i, --interactive                 pass stdin\n"
	       "  -t, --terminal                    a terminal\n"
	       "      --name NAME                   its name\n"
	       "  -p, --publish HOST:PORT           a port\n"
	       "  -h, --help                        show this\n"
	       "\n"
	       "Example:\n"
	       "  ctr run x\n"
	       "  ctr run y\n"
	       "\n"
	       "Exit status: 0 done, 1 failed, 2 usage or specification, 3 wrong state, 4 not found,\n"
	       "5 the host lacks something; see ctr(8).\n",
	       "--help shows the table");
	ctr_buf_done(&text);
	ctr_opts_help(&with_names, &text);
	ok(strstr(ctr_buf_str(&text), "Exit status: 0 always; see ctr(8)."),
	   "and an own exit status");
	ctr_buf_done(&text);
}

static const char *clean(const char *text, size_t len, const char *keep)
{
	static struct ctr_buf out;

	ctr_buf_done(&out);
	ctr_out_clean(text, len, keep, &out);
	return ctr_buf_str(&out);
}
#define CLEAN(text, keep) clean(text, sizeof(text) - 1, keep)

static void test_clean(void)
{
	is_str(CLEAN("plain", ""), "plain", "plain text stays");
	is_str(CLEAN("na\xc3\xafve \xe2\x82\xac \xf0\x9f\x90\xa7", ""),
	       "na\xc3\xafve \xe2\x82\xac \xf0\x9f\x90\xa7", "and UTF-8 of every length");
	is_str(CLEAN("a\033[2Jb\rc\nd\te\177f\0g", ""), "a?[2Jb?c?d?e?f?g",
	       "control characters go");
	is_str(CLEAN("a\nb\tc\033", "\n\t"), "a\nb\tc?", "but those to keep");
	is_str(CLEAN("a\0b", "\n\t"), "a?b", "a NUL is never kept");
	is_str(CLEAN("a\xc2\x9b"
		     "31m\x9b"
		     "b",
		     ""),
	       "a?31m?b", "the 8-bit escape, in UTF-8 and as a byte");
	is_str(CLEAN("a\xe2\x80\xae"
		     "b\xe2\x81\xa6"
		     "c",
		     ""),
	       "a?b?c", "what turns the writing direction");
	is_str(CLEAN("\xff\xc3(\xed\xa0\x80\xc0\x80\xf5\x80\x80\x80", ""),
	       "??"
	       "(?????"
	       "????",
	       "what is not UTF-8");
	is_str(CLEAN("cut \xe2\x82", ""), "cut ??", "a character that is cut off");
}

static void test_table(void)
{
	static const char *const heads[] = { "NAME", ">PID", "COMMAND", NULL };
	struct ctr_table table;
	struct ctr_buf text = { 0 };

	ctr_table_start(&table, heads);
	ctr_table_cell(&table, CTR_COLOUR_GREEN, "%s",
		       "w\xc3\xab"
		       "b");
	ctr_table_cell(&table, CTR_COLOUR_NONE, "%d", 7);
	ctr_table_cell(&table, CTR_COLOUR_NONE, "a\033b %s", "long command");
	ctr_table_cell(&table, CTR_COLOUR_NONE, "database");
	ctr_table_cell(&table, CTR_COLOUR_NONE, "%d", 12345);
	ctr_table_cell(&table, CTR_COLOUR_NONE, "x");
	is_int(ctr_table_render(&table, 0, false, &text, &err), 0, "a table");
	is_str(ctr_buf_str(&text),
	       "NAME        PID  COMMAND\n"
	       "w\xc3\xab"
	       "b           7  a?b long command\n"
	       "database  12345  x\n",
	       "is aligned by characters, not cut, and clean");
	ctr_buf_done(&text);
	is_int(ctr_table_render(&table, 24, false, &text, &err), 0, "a table on a narrow terminal");
	is_str(ctr_buf_str(&text),
	       "NAME        PID  COMMAND\n"
	       "w\xc3\xab"
	       "b           7  a?b l..\n"
	       "database  12345  x\n",
	       "is cut at its width");
	ctr_buf_done(&text);
	is_int(ctr_table_render(&table, 5, false, &text, &err), 0,
	       "a table on a terminal of 5 columns");
	is_str(ctr_buf_str(&text),
	       "NAME \nw\xc3\xab"
	       "b  \ndat..\n",
	       "has no more than 5");
	ctr_buf_done(&text);
	is_int(ctr_table_render(&table, 0, true, &text, &err), 0, "a table with colour");
	ok(strstr(ctr_buf_str(&text), "\033[32mw\xc3\xab"
				      "b\033[0m  "),
	   "colours the word, not the blanks");
	ctr_buf_done(&text);
	ctr_table_cell(&table, CTR_COLOUR_NONE, "one cell too few");
	is_int(ctr_table_render(&table, 0, false, &text, &err), -1,
	       "a row that is not whole is a bug that shows");
	ctr_buf_done(&text);
	ctr_table_done(&table);
}

static void test_json(void)
{
	struct json_object *text = ctr_json_text("a\xff\x9b\xc2\x9b\"\n\xe2\x82\xac");

	is_str(json_object_get_string(text),
	       "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"\n\xe2\x82\xac",
	       "a JSON string is UTF-8 whatever the bytes were");
	json_object_put(text);
	ok(!ctr_json_text(NULL), "nothing is null");
}

static void test_words(void)
{
	struct ctr_net_port port = { .host = 8080, .container = 80, .proto = 6 };
	char text[96], exit_text[64], span[32], milli[32];
	struct ctr_exit end = {
		.known = true, .code = -1, .signal = 9, .oom = true, .oom_limit = 64 << 20
	};
	const struct timespec at = { 1795255200, 42 };

	is_str(ctr_words_exit(&end, exit_text), "killed for memory (limit 64M)",
	       "killed for memory");
	end.oom_limit = CTR_CG_MAX;
	is_str(ctr_words_exit(&end, exit_text), "killed for memory", "of the whole host");
	end.oom = false;
	is_str(ctr_words_exit(&end, exit_text), "killed by SIGKILL", "killed by a signal");
	end = (struct ctr_exit){ .known = true, .code = 3 };
	is_str(ctr_words_exit(&end, exit_text), "exit status 3", "ended by itself");
	end.known = false;
	is_str(ctr_words_exit(&end, exit_text), "", "not known");
	is_str(ctr_words_span(-5, span), "0s", "a clock that was set back");
	is_str(ctr_words_span(59, span), "59s", "seconds");
	is_str(ctr_words_span(184, span), "3m4s", "minutes");
	is_str(ctr_words_span(5 * 3600 + 12 * 60 + 59, span), "5h12m", "hours");
	is_str(ctr_words_span(4 * 86400 + 3 * 3600, span), "4d3h", "days");
	is_str(ctr_words_time(&at, text), "2026-11-21T10:00:00.000000042Z", "a time");
	is_str(ctr_words_milli(1500, milli), "1.5", "one and a half CPUs");
	is_str(ctr_words_milli(2000, milli), "2", "two");
	is_str(ctr_words_milli(50, milli), "0.05", "a twentieth");
	is_str(ctr_words_port(&port, text), "8080:80/tcp", "a port of every address");
	port.proto = 17;
	ok(ctr_net_addr_parse("127.0.0.1", &port.host_addr), "an address");
	is_str(ctr_words_port(&port, text), "127.0.0.1:8080:80/udp", "a port of it");
	ok(ctr_net_addr_parse("::1", &port.host_addr), "an IPv6 address");
	is_str(ctr_words_port(&port, text), "[::1]:8080:80/udp", "a port of it in brackets");
}

int main(void)
{
	test_forms();
	test_command();
	test_refused();
	test_values();
	test_help();
	test_clean();
	test_table();
	test_json();
	test_words();
	ctr_args_done(&args);
	return tap_done();
}
