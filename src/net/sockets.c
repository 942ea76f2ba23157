/* sockets.c: the open sockets of a subject, for servers that hold the second half of an answer back until the first was acknowledged. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/state.h"

void bk_net_socket_opened(bk_net *net, curl_socket_t fd) {
    if (fd != CURL_SOCKET_BAD && net->socket_count < BK_COUNT(net->sockets)) net->sockets[net->socket_count++] = fd;
}

int bk_net_socket_close(void *self, curl_socket_t fd) {
    bk_net *net = self;
    for (size_t i = 0; i < net->socket_count; i++)
        if (net->sockets[i] == fd) net->sockets[i--] = net->sockets[--net->socket_count];
    return close(fd);
}

void bk_net_acknowledge(const bk_net *net) {
#ifdef TCP_QUICKACK
    const int now = 1;
    for (size_t i = 0; i < net->socket_count; i++) setsockopt(net->sockets[i], IPPROTO_TCP, TCP_QUICKACK, &now, sizeof now);
#else
    (void)net;
#endif
}
