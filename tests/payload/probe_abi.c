/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Probes of the side doors of a system call filter: arguments whose upper half the kernel ignores,
 * the x32 numbers, the 32-bit entry of x86. Also the terminal ioctls that such tricks are used for.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "payload.h"

/* The controlling terminal, or where there is none a pty of our own, made the controlling terminal.
 */
static int own_terminal(void)
{
	char path[64];
	int number, zero = 0, master, slave;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	if (master < 0 || ioctl(master, TIOCSPTLCK, &zero) < 0 ||
	    ioctl(master, TIOCGPTN, &number) < 0)
		return -1;
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	setsid();
	slave = open(path, O_RDWR);
	if (slave >= 0)
		ioctl(slave, TIOCSCTTY, 0);
	return slave;
}

/* Injects one blank. */
static int terminal_ioctl(unsigned long request, char *data)
{
	int fd = own_terminal();

	if (fd < 0)
		return ATTEMPT_NOT_APPLICABLE;
	return plain(syscall(SYS_ioctl, fd, request, data));
}

static int try_tiocsti(const char *arg)
{
	char blank = ' ';

	(void)arg;
	return terminal_ioctl(TIOCSTI, &blank);
}

static int try_tiocsti_high(const char *arg)
{
	char blank = ' ';

	(void)arg;
	return terminal_ioctl(TIOCSTI | 1UL << 32, &blank);
}

/* Sub-code 6: reads the state of the shift keys. */
static int try_tioclinux(const char *arg)
{
	char shift_state[8] = { 6 };

	(void)arg;
	return terminal_ioctl(TIOCLINUX, shift_state);
}

static int try_tioclinux_high(const char *arg)
{
	char shift_state[8] = { 6 };

	(void)arg;
	return terminal_ioctl(TIOCLINUX | 1UL << 32, shift_state);
}

static int try_socket_high(const char *family)
{
	return plain(syscall(SYS_socket, (unsigned long)strtol(family, NULL, 10) | 1UL << 32,
			     SOCK_SEQPACKET | 1UL << 32, 0));
}

/* The flags of unshare and clone are the upper half's victims too. */
static int try_unshare_high(const char *flag)
{
	return plain(syscall(SYS_unshare, (unsigned long)strtol(flag, NULL, 16) | 1UL << 32));
}

static const struct attempt tiocsti[] = {
	{ "TIOCSTI", try_tiocsti, NULL },
	{ "TIOCSTI-high-bits", try_tiocsti_high, NULL },
	{ "TIOCLINUX", try_tioclinux, NULL },
	{ "TIOCLINUX-high-bits", try_tioclinux_high, NULL },
	{ 0 },
};
static const struct attempt high_bits[] = {
	{ "socket-alg", try_socket_high, "38" },
	{ "socket-vsock", try_socket_high, "40" },
	{ "unshare-user", try_unshare_high, "10000000" },
	{ "unshare-mnt", try_unshare_high, "00020000" },
	{ 0 },
};

#ifdef __x86_64__
#define X32_BIT 0x40000000L

static int try_x32_getpid(const char *arg)
{
	(void)arg;
	return plain(syscall(SYS_getpid | X32_BIT));
}

static int try_x32_unshare(const char *arg)
{
	(void)arg;
	return plain(syscall(SYS_unshare | X32_BIT, CLONE_NEWUSER));
}

static int try_x32_keyctl(const char *arg)
{
	(void)arg;
	return plain(syscall(SYS_keyctl | X32_BIT, 0, -3, 0));
}

/* The program is linked below 4 GiB, so its static data has 32-bit addresses. */
static char none_text[] = "none", tmpfs_text[] = "tmpfs", directory[64];
static uint32_t socket_args[3];

static long int80(long nr, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e)
{
	long ret;

	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory", "r8", "r9", "r10", "r11");
	ret = (int)ret;
	if (ret < 0 && ret > -4096) {
		errno = (int)-ret;
		return -1;
	}
	return ret;
}

#define I386_MOUNT 21
#define I386_SOCKETCALL 102
#define I386_KEYCTL 288
#define I386_UNSHARE 310

static int try_int80_unshare(const char *arg)
{
	(void)arg;
	return plain(int80(I386_UNSHARE, CLONE_NEWUSER, 0, 0, 0, 0));
}

static int try_int80_mount(const char *arg)
{
	(void)arg;
	snprintf(directory, sizeof(directory), "%s", some_directory());
	try_private_mounts();
	if (int80(I386_MOUNT, (uintptr_t)none_text, (uintptr_t)directory, (uintptr_t)tmpfs_text, 0,
		  0) < 0)
		return errno;
	umount2(directory, MNT_DETACH);
	return 0;
}

static int try_int80_keyctl(const char *arg)
{
	(void)arg;
	return plain(int80(I386_KEYCTL, 0, (uintptr_t)-3, 0, 0, 0));
}

static int try_int80_socket(const char *family)
{
	socket_args[0] = (uint32_t)strtol(family, NULL, 10);
	socket_args[1] = socket_args[0] == AF_ALG ? SOCK_SEQPACKET : SOCK_STREAM;
	return plain(int80(I386_SOCKETCALL, 1, (uintptr_t)socket_args, 0, 0, 0));
}

static const struct attempt x32[] = {
	{ "getpid", try_x32_getpid, NULL },
	{ "unshare-user", try_x32_unshare, NULL },
	{ "keyctl", try_x32_keyctl, NULL },
	{ 0 },
};
static const struct attempt int80_attempts[] = {
	{ "unshare-user", try_int80_unshare, NULL },
	{ "mount", try_int80_mount, NULL },
	{ "keyctl", try_int80_keyctl, NULL },
	{ "socketcall-alg", try_int80_socket, "38" },
	{ "socketcall-vsock", try_int80_socket, "40" },
	{ 0 },
};
#endif

const struct probe abi_probes[] = {
	{ "tiocsti", false, tiocsti },
	{ "high_bits", false, high_bits },
#ifdef __x86_64__
	{ "x32", false, x32 },
	{ "int80", false, int80_attempts },
#endif
	{ 0 },
};
