/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frames between our processes: each in its phase, everything else refused. */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/msg.h"
#include "tests/unit/tap.h"

static int pair[2];
static struct ctr_error err;

static void open_pair(void)
{
	if (ctr_msg_pair(pair, &err) < 0)
		exit(2);
}

static void close_pair(void)
{
	close(pair[0]);
	close(pair[1]);
}

static int open_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_plain(void)
{
	open_pair();
	for (int type = CTR_MSG_GO; type <= CTR_MSG_EXECING; type++) {
		ok(ctr_msg_send(pair[0], (enum ctr_msg_type)type, NULL, 0, &err) == 0,
		   "a frame is sent");
		is_int(ctr_msg_recv(pair[1], NULL, NULL, &err), type, "and received as what it is");
	}
	close(pair[0]);
	is_int(ctr_msg_recv(pair[1], NULL, NULL, &err), CTR_MSG_EOF,
	       "a closed peer is end of file");
	close(pair[1]);
}

static void test_phases(void)
{
	for (int sent = CTR_MSG_GO; sent <= CTR_MSG_EXECING; sent++) {
		for (int wanted = CTR_MSG_GO; wanted <= CTR_MSG_EXECING; wanted++) {
			open_pair();
			(void)ctr_msg_send(pair[0], (enum ctr_msg_type)sent, NULL, 0, &err);
			is_int(ctr_msg_expect(pair[1], (enum ctr_msg_type)wanted, NULL, NULL,
					      "init", &err),
			       sent == wanted ? 0 : -1, "a phase permits only its message");
			close_pair();
		}
	}
	open_pair();
	close(pair[0]);
	ok(ctr_msg_expect(pair[1], CTR_MSG_READY, NULL, NULL, "init", &err) < 0,
	   "end of file is no READY");
	is_str(err.msg, "init died before READY", "and the text says who and when");
	is_int(err.code, CTR_E_PEER, "with the code of a broken peer");
	close(pair[1]);
}

static void test_error(void)
{
	struct ctr_error sent = { .code = CTR_E_HOST, .sys_errno = EPERM };

	open_pair();
	snprintf(sent.msg, sizeof(sent.msg), "mount proc on /proc: \033[31mno\n");
	ctr_msg_send_error(pair[0], &sent);
	ok(ctr_msg_expect(pair[1], CTR_MSG_READY, NULL, NULL, "init", &err) < 0,
	   "ERROR comes instead of READY");
	is_int(err.code, CTR_E_HOST, "its code travels");
	is_int(err.sys_errno, EPERM, "its errno travels");
	is_str(err.msg, "mount proc on /proc: ?[31mno?",
	       "control characters of the peer are replaced");
	close_pair();

	open_pair();
	sent.code = 77;
	ctr_msg_send_error(pair[0], &sent);
	(void)ctr_msg_recv(pair[1], NULL, NULL, &err);
	is_int(err.code, CTR_E_PEER, "a code that does not exist is not taken over");
	close_pair();
}

static void test_garbage(void)
{
	char junk[2048];

	memset(junk, 0xff, sizeof(junk));
	for (size_t len = 1; len <= sizeof(junk); len *= 2) {
		open_pair();
		(void)!write(pair[0], junk, len);
		ok(ctr_msg_recv(pair[1], NULL, NULL, &err) < 0 && err.code == CTR_E_PEER,
		   "garbage is refused");
		close_pair();
	}
}

static void test_fds(void)
{
	int before, fds[4] = { 0, 1, 2, 0 }, got[2];
	size_t n = 2;

	open_pair();
	before = open_fds();
	ok(ctr_msg_send(pair[0], CTR_MSG_READY, fds, 2, &err) == 0, "two fds are sent");
	ok(ctr_msg_expect(pair[1], CTR_MSG_READY, got, &n, "init", &err) == 0 && n == 2,
	   "and received");
	ok(fcntl(got[0], F_GETFD) & FD_CLOEXEC, "close-on-exec");
	close(got[0]);
	close(got[1]);
	(void)ctr_msg_send(pair[0], CTR_MSG_READY, fds, 4, &err);
	n = 2;
	ok(ctr_msg_recv(pair[1], got, &n, &err) < 0 && n == 0,
	   "more fds than asked for are refused");
	(void)ctr_msg_send(pair[0], CTR_MSG_EXECING, fds, 1, &err);
	ok(ctr_msg_recv(pair[1], NULL, NULL, &err) < 0, "an fd that nobody asked for is refused");
	(void)ctr_msg_send(pair[0], CTR_MSG_EXECING, fds, 1, &err);
	n = 1;
	ok(ctr_msg_expect(pair[1], CTR_MSG_READY, got, &n, "init", &err) < 0,
	   "an fd with the wrong message is refused");
	is_int(open_fds(), before, "and none of them stays open");
	close_pair();
}

int main(void)
{
	test_plain();
	test_phases();
	test_error();
	test_garbage();
	test_fds();
	return tap_done();
}
