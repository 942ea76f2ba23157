/* interrupt.h: Ctrl-C and SIGTERM while a command changes a release.
 *
 * Before anything has been changed there is nothing to put right: the program says that the release was cancelled and ends by the signal, whatever it was waiting
 * for. From the first change on (bk_interrupt_hold) the first signal is only noted: the action ends as a failure would, so that the record says what happened.
 * A later one ends the program. Whoever runs us may pass on what the terminal has sent to everybody: signals of the same second are one. */
#ifndef BK_CLI_INTERRUPT_H
#define BK_CLI_INTERRUPT_H

#include <stdbool.h>

#include "base/str.h"

/* Takes over the two signals; `name` is the release's. */
void bk_interrupt_listen(bk_str name);
/* Something is about to be changed. */
void bk_interrupt_hold(void);
/* Whether a signal was noted since. */
bool bk_interrupted(void);
/* Says that the release was cancelled, once. */
void bk_interrupt_tell(void);

#endif
