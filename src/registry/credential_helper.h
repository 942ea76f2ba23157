/* credential_helper.h: programs that keep credentials (docker-credential-X), by the protocol that docker set: the server's address or a JSON object on standard
 * input, the answer on standard output. For credentials.c.
 *
 * They are the operator's own programs, found by PATH and run with all that the operator may do; the name in the file is one word. What they say on
 * standard error goes to ours. One is killed when it takes longer than five minutes (it may ask a person). */
#ifndef BK_REGISTRY_CREDENTIAL_HELPER_H
#define BK_REGISTRY_CREDENTIAL_HELPER_H

#include "registry/credentials.h"

/* The helper that this system would use and that is there: a suffix of docker-credential-; empty: none. */
bk_str bk_credential_helper_of_system(bk_arena *arena, char *const *environment);

/* All empty when it knows nothing of the server. */
bk_status bk_credential_helper_get(bk_arena *arena, bk_str helper, char *const *environment, bk_str server, bk_credential *ret,
                                   bk_err *err);
bk_status bk_credential_helper_store(bk_arena *arena, bk_str helper, char *const *environment, bk_str server,
                                     const bk_credential *credential, bk_err *err);
bk_status bk_credential_helper_erase(bk_arena *arena, bk_str helper, char *const *environment, bk_str server, bk_err *err);

#endif
