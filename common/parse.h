/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Strict parsing: the whole string or nothing. No leading white space, sign, locale or partial match,
 * because a number that is read halfway decides with authority (CVE-2026-30892: "exec -u 1" ran as 0).
 * The functions return true and set ret_, or return false and leave it untouched.
 */
#ifndef CTR_COMMON_PARSE_H
#define CTR_COMMON_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal digits only, no leading zero but "0" itself, <= max. */
bool ctr_parse_u64(const char *text, uint64_t max, uint64_t *ret_value);
bool ctr_parse_u32(const char *text, uint32_t max, uint32_t *ret_value);
/* Bytes: digits with an optional K, M, G, T (powers of 1024; an "i", "B" or "iB" may follow the letter). */
bool ctr_parse_size(const char *text, uint64_t *ret_bytes);
/* Microseconds: digits with one of us, ms, s, m, h, d; a bare number is seconds. */
bool ctr_parse_duration(const char *text, uint64_t *ret_usec);
/* CPUs as a decimal fraction ("1.5", at most 3 decimals) -> thousandths. */
bool ctr_parse_millicpus(const char *text, uint64_t *ret_millicpus);
/* A list "0-3,8": bits in a mask of n_bits bits (n_bits <= 4096); false when empty, out of range or reversed. */
bool ctr_parse_cpulist(const char *text, uint64_t *mask, size_t n_bits);
/* "SIGTERM", "TERM", "15", "SIGRTMIN+3" -> signal number. */
bool ctr_parse_signal(const char *text, int *ret_signal);
/* A container's name: [a-z0-9][a-z0-9_.-]{0,62}, lower case as DNS wants it; "monitors" is taken. */
bool ctr_name_valid(const char *text);
/* A host name by RFC 1123: labels of letters, digits, hyphens; <= 64 bytes in all (the kernel's limit). */
bool ctr_hostname_valid(const char *text);

/* Text for people: "64M", "1.5G" (exact where possible); buf holds 32 bytes. */
const char *ctr_format_size(uint64_t bytes, char buf[static 32]);
/* "10s", "50ms"; buf holds 32 bytes. */
const char *ctr_format_duration(uint64_t usec, char buf[static 32]);
/* "SIGTERM"; buf holds 16 bytes. */
const char *ctr_format_signal(int signo, char buf[static 16]);

/* The closest word of a NULL-terminated list within a third of its length in edits, or NULL: "did you mean". */
const char *ctr_closest(const char *word, const char *const *candidates);

#endif
