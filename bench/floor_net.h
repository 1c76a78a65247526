/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network part of the floor: a veth pair into a bridge and an address, one rtnetlink batch on each side. */
#ifndef CTR_BENCH_FLOOR_NET_H
#define CTR_BENCH_FLOOR_NET_H

#include <sys/types.h>

/* Host side: a veth pair, one end in the bridge and up, the other named eth0 in the namespace of pid. 0 or -1. */
int floor_net_veth(const char *bridge, pid_t pid);
/* Inside: lo up, "10.0.0.2/16" on eth0, eth0 up, default route. 0 or -1 with errno. */
int floor_net_inside(const char *address, const char *gateway);

#endif
