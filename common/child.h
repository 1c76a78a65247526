/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Work in a child process, for what would leave a long-lived process fat: a large library that is needed for a moment
 * (libseccomp, libnftables) stays mapped with its tables for ever in whoever loaded it, and a monitor lives as long as its
 * container.
 */
#ifndef CTR_COMMON_CHILD_H
#define CTR_COMMON_CHILD_H

#include "common/error.h"

/*
 * Runs work(arg) in a forked child and gives its result and error. What work changes in memory is lost; what it does to
 * files and the kernel stays. Single-threaded callers only. CTR_E_PEER when the child was killed.
 */
int ctr_child_run(int (*work)(void *arg, struct ctr_error *err), void *arg, struct ctr_error *err);

#endif
