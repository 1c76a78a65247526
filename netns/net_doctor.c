/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands in the way of containers' networks on this host. */
#include <fcntl.h>
#include <net/if.h>
#include <string.h>

#include "common/fd.h"
#include "netns/nl_int.h"

int ctr_net_host_findings(int net_dirfd, struct ctr_buf *lines, struct ctr_error *err)
{
	_cleanup_buf_ struct ctr_buf forward = { 0 };

	(void)net_dirfd;
	if (if_nametoindex("ctr0") &&
	    ctr_fd_read_at(AT_FDCWD, "/proc/sys/net/ipv4/ip_forward", 8, &forward, err) == 0 &&
	    !strncmp(ctr_buf_str(&forward), "0", 1))
		ctr_buf_puts(
			lines,
			"ip_forward: it is off, containers reach the host only; sysctl net.ipv4.ip_forward=1\n");
	if (ctr_nft_findings(lines, err) < 0)
		return -1;
	return ctr_buf_check(lines, err);
}
