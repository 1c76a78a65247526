/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strict readers: what they take, and above all what they do not. */
#include <signal.h>

#include "common/cleanup.h"
#include "common/parse.h"
#include "tests/unit/tap.h"

#define UNTOUCHED UINT64_C(0xdeadbeef)

struct number {
	const char *text;
	bool good;
	uint64_t value;
};

static void check(bool (*parse)(const char *text, uint64_t *ret_value), const struct number *cases,
		  size_t n, const char *kind)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t value = UNTOUCHED;
		char what[128];

		(void)snprintf(what, sizeof(what), "%s '%s'", kind, cases[i].text);
		if (strchr(what, '\n'))
			*strchr(what, '\n') = '?';
		ok(parse(cases[i].text, &value) == cases[i].good &&
			   value == (cases[i].good ? cases[i].value : UNTOUCHED),
		   what);
	}
}

static bool any_u64(const char *text, uint64_t *ret_value)
{
	return ctr_parse_u64(text, UINT64_MAX, ret_value);
}

static void test_numbers(void)
{
	static const struct number numbers[] = {
		{ "0", true, 0 },
		{ "1", true, 1 },
		{ "18446744073709551615", true, UINT64_MAX },
		{ "", false, 0 },
		{ "00", false, 0 },
		{ "18446744073709551616", false, 0 },
		{ "01", false, 0 },
		{ "-1", false, 0 },
		{ "99999999999999999999", false, 0 },
		{ "+1", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "1\n", false, 0 },
		{ "0x10", false, 0 },
		{ "1e3", false, 0 },
		{ "1.0", false, 0 },
		{ "\xd9\xa1", false, 0 },
	};
	uint64_t wide = UNTOUCHED;
	uint32_t narrow = 7;

	check(any_u64, numbers, CTR_ARRAY_LEN(numbers), "number");
	ok(ctr_parse_u64("5", 5, &wide) && wide == 5, "the largest");
	ok(!ctr_parse_u64("6", 5, &wide) && wide == 5, "one more");
	ok(ctr_parse_u32("4294967295", UINT32_MAX, &narrow) && narrow == UINT32_MAX, "32 bits");
	narrow = 7;
	ok(!ctr_parse_u32("4294967296", UINT32_MAX, &narrow) && narrow == 7, "33 bits");
}

static void test_sizes(void)
{
	static const struct number sizes[] = {
		{ "0", true, 0 },
		{ "1", true, 1 },
		{ "1K", true, 1024 },
		{ "1k", true, 1024 },
		{ "64M", true, 64 << 20 },
		{ "2G", true, UINT64_C(2) << 30 },
		{ "2GiB", true, UINT64_C(2) << 30 },
		{ "2GB", true, UINT64_C(2) << 30 },
		{ "1T", true, UINT64_C(1) << 40 },
		{ "16777215T", true, UINT64_C(16777215) << 40 },
		{ "16777216T", false, 0 },
		{ "18446744073709551616", false, 0 },
		{ "m", false, 0 },
		{ "1m", false, 0 },
		{ "1P", false, 0 },
		{ "1.5G", false, 0 },
		{ "-1", false, 0 },
		{ "1 M", false, 0 },
		{ "1MiBx", false, 0 },
		{ "1MM", false, 0 },
		{ "1B", false, 0 },
		{ "", false, 0 },
	};

	check(ctr_parse_size, sizes, CTR_ARRAY_LEN(sizes), "size");
}

static void test_durations(void)
{
	static const struct number durations[] = {
		{ "0", true, 0 },
		{ "1", true, 1000000 },
		{ "1us", true, 1 },
		{ "50ms", true, 50000 },
		{ "10s", true, 10000000 },
		{ "5m", true, 300000000 },
		{ "1h", true, UINT64_C(3600000000) },
		{ "2d", true, UINT64_C(172800000000) },
		{ "18446744073709551615us", true, UINT64_MAX },
		{ "18446744073709551615ms", false, 0 },
		{ "1.5s", false, 0 },
		{ "10 s", false, 0 },
		{ "10S", false, 0 },
		{ "10sec", false, 0 },
		{ "s", false, 0 },
		{ "-1s", false, 0 },
		{ "", false, 0 },
	};

	check(ctr_parse_duration, durations, CTR_ARRAY_LEN(durations), "time");
}

static void test_millicpus(void)
{
	static const struct number cpus[] = {
		{ "1", true, 1000 },    { "1.5", true, 1500 },   { "0.25", true, 250 },
		{ "0.001", true, 1 },   { "1.000", true, 1000 }, { "1.05", true, 1050 },
		{ "1.0001", false, 0 }, { "1.", false, 0 },      { ".5", false, 0 },
		{ "1,5", false, 0 },    { "-1", false, 0 },      { "1.5x", false, 0 },
		{ "01.5", false, 0 },   { "1.-5", false, 0 },    { "", false, 0 },
	};

	check(ctr_parse_millicpus, cpus, CTR_ARRAY_LEN(cpus), "CPUs");
}

static void test_cpulists(void)
{
	static const char *const bad[] = { "",    ",", "0,",  ",0",  "3-1",   "0-",   "-1", "8",
					   "0-8", "a", "0 1", "0;1", "0-1-2", "0,,1", "00", "0x1" };
	uint64_t mask[64] = { 0 };

	ok(ctr_parse_cpulist("0-3,6", mask, 8) && mask[0] == 0x4f, "a range and a number");
	ok(ctr_parse_cpulist("7", mask, 8) && mask[0] == 0x80, "the last");
	ok(ctr_parse_cpulist("1,0,1", mask, 8) && mask[0] == 3, "in any order, also twice");
	mask[0] = 5;
	for (size_t i = 0; i < CTR_ARRAY_LEN(bad); i++)
		ok(!ctr_parse_cpulist(bad[i], mask, 8) && mask[0] == 5, bad[i]);
	ok(ctr_parse_cpulist("63,64,4095", mask, 4096) && mask[0] == UINT64_C(1) << 63 &&
		   mask[1] == 1 && mask[63] == UINT64_C(1) << 63,
	   "more than one word");
	ok(!ctr_parse_cpulist("4096", mask, 4096) && !ctr_parse_cpulist("0", mask, 4097) &&
		   !ctr_parse_cpulist("0", mask, 0),
	   "beyond the mask");
}

static void test_signals(void)
{
	static const char *const bad[] = { "",         "0",          "65",   "-1",      "sigterm",
					   "TERMX",    "SIG",        "SIG9", "RTMIN-1", "RTMIN+",
					   "RTMIN+99", "SIGSIGTERM", "9 ",   "015" };
	int signo = -7;

	ok(ctr_parse_signal("SIGTERM", &signo) && signo == SIGTERM, "SIGTERM");
	ok(ctr_parse_signal("KILL", &signo) && signo == SIGKILL, "KILL");
	ok(ctr_parse_signal("15", &signo) && signo == 15, "15");
	ok(ctr_parse_signal("64", &signo) && signo == 64, "64");
	ok(ctr_parse_signal("SIGRTMIN", &signo) && signo == SIGRTMIN, "SIGRTMIN");
	ok(ctr_parse_signal("RTMIN+3", &signo) && signo == SIGRTMIN + 3, "RTMIN+3");
	signo = -7;
	for (size_t i = 0; i < CTR_ARRAY_LEN(bad); i++)
		ok(!ctr_parse_signal(bad[i], &signo) && signo == -7, bad[i]);
}

static void test_names(void)
{
	static const char *const good[] = { "a", "web1", "0", "a.b-c_d", "9-" };
	static const char *const bad[] = { "",  ".",   "..",  "-a",  "_a",       ".a",
					   "A", "a/b", "a b", "a\n", "\xc3\xa4", "a:b" };
	static const char *const hosts[] = { "a", "A1", "a-b", "ns1.example.net", "1.2" };
	static const char *const no_hosts[] = { "",   ".",    "a.",  ".a",  "a..b",    "-a",
						"a-", "a-.b", "a_b", "a b", "\xc3\xa4" };
	char text[80];

	for (size_t i = 0; i < CTR_ARRAY_LEN(good); i++)
		ok(ctr_name_valid(good[i]), good[i]);
	for (size_t i = 0; i < CTR_ARRAY_LEN(bad); i++)
		ok(!ctr_name_valid(bad[i]), "no name");
	for (size_t i = 0; i < CTR_ARRAY_LEN(hosts); i++)
		ok(ctr_hostname_valid(hosts[i]), hosts[i]);
	for (size_t i = 0; i < CTR_ARRAY_LEN(no_hosts); i++)
		ok(!ctr_hostname_valid(no_hosts[i]), "no host name");
	memset(text, 'a', sizeof(text));
	text[63] = '\0';
	ok(ctr_name_valid(text) && ctr_hostname_valid(text), "63 characters");
	text[63] = 'a';
	text[64] = '\0';
	ok(!ctr_name_valid(text) && !ctr_hostname_valid(text), "64 characters");
	text[32] = '.';
	ok(ctr_hostname_valid(text), "64 in two labels");
	text[64] = 'a';
	text[65] = '\0';
	ok(!ctr_hostname_valid(text), "65 in two labels");
}

static void test_formats(void)
{
	char text[32], name[16];

	is_str(ctr_format_size(0, text), "0", "nothing");
	is_str(ctr_format_size(1023, text), "1023", "bytes");
	is_str(ctr_format_size(64 << 20, text), "64M", "megabytes");
	is_str(ctr_format_size((UINT64_C(3) << 30) / 2, text), "1.5G", "a fraction");
	is_str(ctr_format_duration(10000000, text), "10s", "seconds");
	is_str(ctr_format_duration(50000, text), "50ms", "milliseconds");
	is_str(ctr_format_duration(1, text), "1us", "microseconds");
	is_str(ctr_format_signal(SIGTERM, name), "SIGTERM", "a signal");
	is_str(ctr_format_signal(SIGRTMIN + 3, name), "SIGRTMIN+3", "a real-time signal");
}

static void test_closest(void)
{
	static const char *const words[] = { "name", "memory",  "cpu", "pids", "dns",
					     "init", "network", "id",  NULL };

	is_str(ctr_closest("memroy", words), "memory", "two letters that changed places");
	is_str(ctr_closest("memorry", words), "memory", "one too many");
	is_str(ctr_closest("mem", words), NULL, "too short to tell");
	is_str(ctr_closest("cup", words), "cpu", "a short word, one edit");
	is_str(ctr_closest("dup", words), NULL, "a short word, two edits");
	is_str(ctr_closest("net", words), NULL, "not the nearest at any price");
	is_str(ctr_closest("networks", words), "network", "a plural");
	is_str(ctr_closest("ip", words), NULL, "two letters are never close");
	is_str(ctr_closest("", words), NULL, "nothing");
	is_str(ctr_closest("0123456789012345678901234567890123456789012345678901234567890123456789",
			   words),
	       NULL, "a long word");
}

int main(void)
{
	test_numbers();
	test_sizes();
	test_durations();
	test_millicpus();
	test_cpulists();
	test_signals();
	test_names();
	test_formats();
	test_closest();
	return tap_done();
}
