/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* System calls and structures that the C library does not wrap yet. errno as usual. */
#ifndef CTR_COMMON_SYS_H
#define CTR_COMMON_SYS_H

#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* openat2(2): one attempt; EAGAIN (a racing rename) is retried a bounded number of times. */
int ctr_sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
/* clone3(2) without a new stack: returns twice, like fork(2). The caller is single-threaded. */
pid_t ctr_sys_clone3(struct clone_args *args);
/* pivot_root(2). */
int ctr_sys_pivot_root(const char *new_root, const char *put_old);
/* keyctl(KEYCTL_JOIN_SESSION_KEYRING, NULL): a fresh anonymous session keyring. */
int ctr_sys_join_session_keyring(void);
/*
 * The process title shown by ps(1). title_init() is main()'s first call: it takes over the memory of argv and replaces
 * its strings by copies. title_set() writes there.
 */
void ctr_sys_title_init(int argc, char **argv);
void ctr_sys_title_set(const char *title);

#endif
