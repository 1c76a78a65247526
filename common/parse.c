/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strict readers of numbers, sizes, times, CPU lists, signals and names. Pure; any process. */
#include "common/parse.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"

/* Reads digits from *text and moves it behind them. */
static bool digits(const char **text, uint64_t max, uint64_t *ret_value)
{
	const char *p = *text;
	uint64_t value = 0;

	if (!isdigit((unsigned char)*p) || (*p == '0' && isdigit((unsigned char)p[1])))
		return false;
	for (; isdigit((unsigned char)*p); p++) {
		uint64_t digit = (uint64_t)(*p - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (value > max)
		return false;
	*text = p;
	*ret_value = value;
	return true;
}

bool ctr_parse_u64(const char *text, uint64_t max, uint64_t *ret_value)
{
	uint64_t value;

	if (!digits(&text, max, &value) || *text)
		return false;
	*ret_value = value;
	return true;
}

bool ctr_parse_u32(const char *text, uint32_t max, uint32_t *ret_value)
{
	uint64_t value;

	if (!ctr_parse_u64(text, max, &value))
		return false;
	*ret_value = (uint32_t)value;
	return true;
}

bool ctr_parse_size(const char *text, uint64_t *ret_bytes)
{
	static const char units[] = "KMGT";
	uint64_t value;
	int shift = 0;

	if (!digits(&text, UINT64_MAX, &value))
		return false;
	if (*text) {
		const char *unit = strchr(units, *text == 'k' ? 'K' : *text);

		if (!unit || !*unit)
			return false;
		shift = 10 * (int)(unit - units + 1);
		text++;
		if (*text == 'i')
			text++;
		if (*text == 'B')
			text++;
		if (*text)
			return false;
	}
	if (value > (UINT64_MAX >> shift))
		return false;
	*ret_bytes = value << shift;
	return true;
}

bool ctr_parse_duration(const char *text, uint64_t *ret_usec)
{
	static const struct {
		const char *name;
		uint64_t usec;
	} units[] = {
		{ "", 1000000 },   { "us", 1 },         { "ms", 1000 },       { "s", 1000000 },
		{ "m", 60000000 }, { "h", 3600000000 }, { "d", 86400000000 },
	};
	uint64_t value;

	if (!digits(&text, UINT64_MAX, &value))
		return false;
	for (size_t i = 0; i < CTR_ARRAY_LEN(units); i++) {
		if (strcmp(text, units[i].name))
			continue;
		if (value > UINT64_MAX / units[i].usec)
			return false;
		*ret_usec = value * units[i].usec;
		return true;
	}
	return false;
}

bool ctr_parse_millicpus(const char *text, uint64_t *ret_millicpus)
{
	uint64_t whole, scale = 100, milli = 0;

	if (!digits(&text, UINT32_MAX, &whole))
		return false;
	if (*text == '.') {
		text++;
		if (!isdigit((unsigned char)*text))
			return false;
		for (; isdigit((unsigned char)*text); text++, scale /= 10) {
			if (!scale)
				return false;
			milli += (uint64_t)(*text - '0') * scale;
		}
	}
	if (*text)
		return false;
	*ret_millicpus = whole * 1000 + milli;
	return true;
}

bool ctr_parse_cpulist(const char *text, uint64_t *mask, size_t n_bits)
{
	uint64_t bits[64] = { 0 };

	if (n_bits == 0 || n_bits > 4096)
		return false;
	for (;;) {
		uint64_t first, last;

		if (!digits(&text, n_bits - 1, &first))
			return false;
		last = first;
		if (*text == '-') {
			text++;
			if (!digits(&text, n_bits - 1, &last) || last < first)
				return false;
		}
		for (; first <= last; first++)
			bits[first / 64] |= UINT64_C(1) << (first % 64);
		if (!*text)
			break;
		if (*text++ != ',')
			return false;
	}
	memcpy(mask, bits, (n_bits + 63) / 64 * sizeof(*mask));
	return true;
}

bool ctr_parse_signal(const char *text, int *ret_signal)
{
	const char *name = strncmp(text, "SIG", 3) ? text : text + 3;
	uint64_t offset;

	if (isdigit((unsigned char)*text)) {
		if (!ctr_parse_u64(text, (uint64_t)SIGRTMAX, &offset) || offset == 0)
			return false;
		*ret_signal = (int)offset;
		return true;
	}
	if (!strncmp(name, "RTMIN", 5)) {
		if (!name[5]) {
			*ret_signal = SIGRTMIN;
			return true;
		}
		if (name[5] != '+' ||
		    !ctr_parse_u64(name + 6, (uint64_t)(SIGRTMAX - SIGRTMIN), &offset))
			return false;
		*ret_signal = SIGRTMIN + (int)offset;
		return true;
	}
	for (int signo = 1; signo < 32; signo++) {
		const char *abbrev = sigabbrev_np(signo);

		if (abbrev && !strcmp(abbrev, name)) {
			*ret_signal = signo;
			return true;
		}
	}
	return false;
}

bool ctr_name_valid(const char *text)
{
	size_t len = strlen(text);

	if (len < 1 || len > 63 || strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_.-") != len)
		return false;
	/* "monitors" is the cgroup beside the containers'. */
	return strchr("_.-", text[0]) == NULL && strcmp(text, "monitors") != 0;
}

bool ctr_hostname_valid(const char *text)
{
	size_t len = strlen(text), label = 0;

	if (len < 1 || len > 64)
		return false;
	for (size_t i = 0; i <= len; i++) {
		if (text[i] == '.' || !text[i]) {
			if (label == 0 || label > 63 || text[i - 1] == '-')
				return false;
			label = 0;
		} else if (isalnum((unsigned char)text[i]) || (text[i] == '-' && label > 0)) {
			label++;
		} else {
			return false;
		}
	}
	return true;
}

const char *ctr_format_size(uint64_t bytes, char buf[static 32])
{
	static const char units[] = "\0KMGTPE";
	unsigned int unit = 0;
	uint64_t rest = 0;

	while (bytes >= 1024 && unit < 6) {
		rest = bytes % 1024;
		bytes /= 1024;
		unit++;
	}
	if (rest * 10 / 1024)
		(void)snprintf(buf, 32, "%llu.%llu%c", (unsigned long long)bytes,
			       (unsigned long long)(rest * 10 / 1024), units[unit]);
	else
		(void)snprintf(buf, 32, unit ? "%llu%c" : "%llu", (unsigned long long)bytes,
			       units[unit]);
	return buf;
}

const char *ctr_format_duration(uint64_t usec, char buf[static 32])
{
	if (usec % 1000000 == 0)
		(void)snprintf(buf, 32, "%llus", (unsigned long long)(usec / 1000000));
	else if (usec % 1000 == 0)
		(void)snprintf(buf, 32, "%llums", (unsigned long long)(usec / 1000));
	else
		(void)snprintf(buf, 32, "%lluus", (unsigned long long)usec);
	return buf;
}

const char *ctr_format_signal(int signo, char buf[static 16])
{
	const char *abbrev = signo > 0 && signo < 32 ? sigabbrev_np(signo) : NULL;

	if (abbrev)
		(void)snprintf(buf, 16, "SIG%s", abbrev);
	else if (signo >= SIGRTMIN && signo <= SIGRTMAX)
		(void)snprintf(buf, 16, "SIGRTMIN+%d", signo - SIGRTMIN);
	else
		(void)snprintf(buf, 16, "%d", signo);
	return buf;
}

/* Edits between two short words; two neighbours that changed places are one edit ("memroy"). */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][64], la = strlen(a), lb = strlen(b);

	if (la >= CTR_ARRAY_LEN(rows[0]) || lb >= CTR_ARRAY_LEN(rows[0]))
		return SIZE_MAX;
	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[la % 3][lb];
}

const char *ctr_closest(const char *word, const char *const *candidates)
{
	size_t best = SIZE_MAX;
	const char *found = NULL;

	for (size_t i = 0; candidates[i]; i++) {
		size_t d = distance(word, candidates[i]), len = strlen(candidates[i]);
		size_t limit = len < 3 ? 0 : len / 3;

		if (d < best && d <= limit) {
			best = d;
			found = candidates[i];
		}
	}
	return found;
}
