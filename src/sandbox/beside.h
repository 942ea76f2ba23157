/* beside.h: the project's other programs, where they are installed: beside this one, or in ../libexec/bulkhead. What only some calls need (a compiler,
 * OpenPGP) is a program of its own, so that the others neither carry it nor can be brought to run it. */
#ifndef BK_SANDBOX_BESIDE_H
#define BK_SANDBOX_BESIDE_H

#include "base/err.h"

#define BK_BESIDE_PATH 4352u

/* Writes the path of a program of that name, or says that `what` needs it. */
bk_status bk_beside_find(const char *name, const char *what, char ret[BK_BESIDE_PATH], bk_err *err);

#endif
