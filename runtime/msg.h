/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything that two processes of ctr say to each other: one SOCK_SEQPACKET pair per edge, one frame format.
 *
 *   CLI           monitor                                   init
 *    |  fork        |                                         |
 *    |------------->|  clone3                                 |
 *    |              |---------------------------------------->|  PDEATHSIG, not dumpable
 *    |              |--- GO (mount trees) -------------------->|  joins v1 groups, mounts, pivots, seals
 *    |              |--- START ------------------------------->|  (without a terminal it comes early)
 *    |              |<------------------------------- READY ---|  (the terminal's multiplexer goes with it)
 *    |              |<----------------------------- EXECING ---|  ids, capabilities, seccomp are in force
 *    |              |<------------------------- end of file ---|  close-on-exec closed it: it runs
 *    |<--- READY ---|
 *
 * Instead of its next message a side may send ERROR and end. End of file is success only after EXECING. Each phase
 * permits only its messages; what init sends is untrusted input, and an fd is taken from it only with READY.
 */
#ifndef CTR_RUNTIME_MSG_H
#define CTR_RUNTIME_MSG_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

enum ctr_msg_type {
	CTR_MSG_EOF,
	CTR_MSG_GO,
	CTR_MSG_START,
	CTR_MSG_READY,
	CTR_MSG_EXECING,
	CTR_MSG_ERROR
};

/* A connected pair of sockets, close-on-exec. */
int ctr_msg_pair(int ret_fds[static 2], struct ctr_error *err);
/* Sends one frame with n_fds (<= 250) fds. After seccomp is loaded only n_fds 0 is used: it is a plain write(2). */
int ctr_msg_send(int sock, enum ctr_msg_type type, const int *fds, size_t n_fds,
		 struct ctr_error *err);
/* Sends ERROR with its value; failure is ignored, the end of file tells the peer as well. */
void ctr_msg_send_error(int sock, const struct ctr_error *error);
/*
 * Receives one frame: its type (CTR_MSG_EOF at end of file), and at most *n_fds fds into fds (close-on-exec; more than
 * expected, or any when none are, is CTR_E_PEER and they are closed). An ERROR frame returns -1 with the peer's error.
 */
int ctr_msg_recv(int sock, int *fds, size_t *n_fds, struct ctr_error *err);
/* Receives exactly the type wanted; anything else is CTR_E_PEER ("init died before READY"). who names the peer. */
int ctr_msg_expect(int sock, enum ctr_msg_type wanted, int *fds, size_t *n_fds, const char *who,
		   struct ctr_error *err);

#endif
