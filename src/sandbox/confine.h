/* confine.h: what the whole process gives up for good, once it has opened its inputs and outputs and before a chart's code runs: the second wall, should the
 * first have a hole. Programs cannot be started any more, other processes not be touched, the kernel's rarer doors not be opened; and unless they are
 * kept, there is no network and no file can be made, changed or removed (those that are open stay so). Files can be read.
 *
 * Best effort: Linux, with what its kernel offers (seccomp; Landlock); elsewhere, and under the sanitizers, nothing happens. Threads that run already are not
 * affected, so there should be none. */
#ifndef BK_SANDBOX_CONFINE_H
#define BK_SANDBOX_CONFINE_H

enum { BK_CONFINE_NETWORK = 1, BK_CONFINE_WRITING = 2 };

/* `keep`: of the two above. Only the first call does anything. Returns what came of it, for people: "no programs, no network, no writing (seccomp, Landlock)". */
const char *bk_confine(unsigned keep);

#endif
