/* output.h: what a compartment sent out, checked.
 *
 * The output of a call is sections (base/boundary.h). Nothing that a guest says is believed: tags must be those of outputs, in an order that
 * makes sense, and DONE closes them. What is inside a section is checked by whoever reads it (value/codec.h for values). */
#ifndef BK_SANDBOX_OUTPUT_H
#define BK_SANDBOX_OUTPUT_H

#include "base/boundary.h"

/* Most sections in one output. */
#define BK_SANDBOX_SECTIONS 2000000u

/* Walks the whole output: known tags; a BODY right behind each MANIFEST and nowhere else; NOTES, RESULT, ERROR at most once; after an ERROR only
 * DONE; DONE empty and last. Breaking that is BK_ERR_TRAP. An ERROR section becomes the status and err of this function: the guest's
 * own words, bytes of any kind. The statuses that only a host can know (TRAP, TIMEOUT) become BK_ERR. */
bk_status bk_sandbox_output_check(bk_str output, bk_err *err);

#endif
