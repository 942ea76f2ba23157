/* armour.h: the signature of a clear-signed text, out of its armour. */
#ifndef BK_TRUST_PROGRAM_ARMOUR_H
#define BK_TRUST_PROGRAM_ARMOUR_H

#include "base/arena.h"

/* *ret_head: what stands before the last "-----BEGIN PGP SIGNATURE-----"; *ret_bytes: what its base64 says, which may lack its checksum; a checksum that is there
 * and wrong makes it no signature. False when there is none, or it is damaged. */
bool bk_trust_dearmour(bk_arena *arena, bk_str message, bk_str *ret_head, bk_str *ret_bytes);

#endif
