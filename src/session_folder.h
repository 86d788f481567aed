/* session_folder.h: where the sockets of this user's live sessions lie, and what they are called. */
#ifndef MPW_SESSION_FOLDER_H
#define MPW_SESSION_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#define SESSION_NAME_MAX 64

/* $XDG_RUNTIME_DIR/mpwatch, else /tmp/mpwatch-UID; ours alone. `make`: is made when it is not there. 0 or negative
 * errno: -EACCES when it is somebody else's. */
int session_folder(char *out, size_t size, bool make);

/* Letters, digits, . _ - and not . at its start: a name for a session. */
bool session_name_is_good(const char *name);

/* A listening socket for the session. 0 and *fd, *path (the caller unlinks and frees it), or negative errno;
 * -EADDRINUSE: a live session has this name. */
int session_name_take(const char *name, int *fd, char **path);

/* A connection to a session. Descriptor or negative errno; what a killed session left behind is removed. */
int session_connect(const char *name);

/* Calls `each` for every session that answers. */
void session_each(void (*each)(void *context, const char *name, int socket), void *context);

#endif
