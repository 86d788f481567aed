/* session_socket.h: the second way to the arena, for images that may not open it below /proc: another user, another pid
 * namespace. Only watched descendants get it. */
#ifndef MPW_SESSION_SOCKET_H
#define MPW_SESSION_SOCKET_H

#include "collect.h"

/* A listening descriptor or negative errno. */
int session_socket_open(uint64_t session);

/* Answers everybody who has connected. `root` is the first watched process. */
void session_socket_answer(const struct collect *collect, int socket_fd, int32_t root);

/* True if `pid` descends from us by its chain of parents, or belongs to a process that is watched. */
bool is_descendant(const struct collect *collect, int32_t pid);

#endif
