/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Test Anything Protocol in a few lines. A failed check prints what was seen and what was expected. */
#ifndef CTR_TESTS_TAP_H
#define CTR_TESTS_TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count, tap_failed;

static inline bool tap_ok(bool passed, const char *file, int line, const char *what)
{
	tap_count++;
	printf("%sok %d - %s\n", passed ? "" : "not ", tap_count, what);
	if (!passed) {
		tap_failed++;
		printf("# failed at %s:%d\n", file, line);
	}
	return passed;
}

static inline bool tap_is_str(const char *got, const char *want, const char *file, int line,
			      const char *what)
{
	bool same = got && want ? !strcmp(got, want) : got == want;

	if (!tap_ok(same, file, line, what))
		printf("#      got: %s\n# expected: %s\n", got ? got : "(null)",
		       want ? want : "(null)");
	return same;
}

static inline bool tap_is_int(long long got, long long want, const char *file, int line,
			      const char *what)
{
	if (!tap_ok(got == want, file, line, what))
		printf("#      got: %lld\n# expected: %lld\n", got, want);
	return got == want;
}

static inline int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed || tap_count == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define ok(cond, what) tap_ok((cond), __FILE__, __LINE__, (what))
#define is_str(got, want, what) tap_is_str((got), (want), __FILE__, __LINE__, (what))
#define is_int(got, want, what) \
	tap_is_int((long long)(got), (long long)(want), __FILE__, __LINE__, (what))

#endif
