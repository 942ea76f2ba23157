#ifdef __linux__
#include <malloc.h>
#include <sys/prctl.h>
#endif

#include "cli/command.h"

/* Memory that holds credentials goes into no core dump and is shown to no other process. The sanitizers' leak checker must still be able to look. */
static void close_up(void) {
#if defined(__linux__) && defined(NDEBUG)
    prctl(PR_SET_DUMPABLE, 0);
#endif
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 1); /* a compartment's thread computes in its own memory; what it takes of ours is little */
    /* A run is short: what it frees it needs again, and asking for memory in pieces costs a call and a fault for each. */
    mallopt(M_TOP_PAD, 256 << 10);
    mallopt(M_TRIM_THRESHOLD, 4 << 20);
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
}

int main(int argc, char **argv, char **environment) {
    close_up();
    return bk_cli_main(argc, argv, environment);
}
