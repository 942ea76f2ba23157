/* contain.h: gives up what the OpenPGP helper does not need. */
#ifndef BK_TRUST_PROGRAM_CONTAIN_H
#define BK_TRUST_PROGRAM_CONTAIN_H

#include <stdbool.h>

/* From here on the process can read, write, take memory and end; on Linux the kernel refuses everything else. Limits on memory, processor time and files hold
 * everywhere. False: it could not be done, and nothing foreign may be read. */
bool bk_trust_contain(void);

#endif
