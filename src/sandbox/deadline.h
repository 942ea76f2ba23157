/* deadline.h: stopping a late compartment of ours by a signal.
 *
 * At the deadline the watcher sends the compartment's thread a signal, and again until it meets the thread inside the module's own code. There the
 * handler never returns: the thread stays where it is until the process ends, and with it the store, while the watcher takes the guest's pages back and goes
 * on. Nothing is unwound, so nothing must be in a state that could be: code of the module holds no lock of the host, and whatever it called has
 * returned.
 *
 * A signal that meets the thread in the host's code is ignored: effects look at the clock by themselves, and what else the runtime does for a module (growing
 * its memory, a few instructions that old processors lack) is short. Its long operations, copying and filling memory, are not used: our modules copy by
 * code of their own (base/wasm_bytes.c), and their configuration has no instructions for more (config.c). A loop that avoids the module's code for long is thus impossible, and
 * every signal finds an endless one with the same odds.
 *
 * Where BK_SANDBOX_SIGNALS is 0 these do nothing. */
#ifndef BK_SANDBOX_DEADLINE_H
#define BK_SANDBOX_DEADLINE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct bk_stoppable {
    uintptr_t begin, end; /* where the module's code lies */
    atomic_bool stopped;  /* its thread will never run again */
} bk_stoppable;

/* On the compartment's thread: from here on bk_stoppable_signal reaches it. *self stays until the thread has ended or was stopped. */
void bk_stoppable_enter(bk_stoppable *self);

/* Sends the signal; `stopped` becomes true soon, or another one is needed. */
void bk_stoppable_signal(pthread_t thread);

#endif
