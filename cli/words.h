/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Figures as people read them, shared by the verbs that show containers. Pure; any process. */
#ifndef CTR_CLI_WORDS_H
#define CTR_CLI_WORDS_H

#include "runtime/runtime.h"

/* "killed for memory (limit 64M)", "killed by SIGTERM", "exit status 3"; "" when it is not known.
 */
const char *ctr_words_exit(const struct ctr_exit *end, char buf[static 64]);
/* "12s", "3m4s", "5h12m", "4d3h". */
const char *ctr_words_span(int64_t seconds, char buf[static 32]);
/* "2026-11-21T10:00:00.123456789Z", the time of the log. */
const char *ctr_words_time(const struct timespec *at, char buf[static 40]);
/* "64M", or "max" for no limit. */
const char *ctr_words_limit(uint64_t bytes, char buf[static 32]);
/* "1.5" of 1500. */
const char *ctr_words_milli(uint64_t milli, char buf[static 32]);
/* "127.0.0.1:8080:80/tcp", as the specification writes it. */
const char *ctr_words_port(const struct ctr_net_port *port, char buf[static 96]);

#endif
