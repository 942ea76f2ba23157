/* measure COMMAND [ARGUMENT…]: runs the command with its streams on /dev/null and prints "WALL_US CPU_US PEAK_KIB EXIT".
 *
 * A tool of the benchmarks. The peak that the kernel reports for a child includes what its parent had resident before the child's program
 * was loaded, so a large parent (an interpreter, say) hides every small program; this one is smaller than anything it measures. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static long long micros(struct timeval t) { return (long long)t.tv_sec * 1000000 + t.tv_usec; }

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int main(int argc, char **argv) {
    if (argc < 2) return fputs("usage: measure COMMAND [ARGUMENT...]\n", stderr), 2;
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    for (int fd = 0; fd < 3; fd++) posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
    pid_t pid;
    long long start = now();
    int error = posix_spawnp(&pid, argv[1], &files, NULL, argv + 1, environ);
    posix_spawn_file_actions_destroy(&files);
    if (error) return fprintf(stderr, "measure: %s: %s\n", argv[1], strerror(error)), 2;
    int status;
    struct rusage usage;
    while (wait4(pid, &status, 0, &usage) < 0)
        if (errno != EINTR) return perror("measure: wait4"), 2;
    long long wall = now() - start, cpu = micros(usage.ru_utime) + micros(usage.ru_stime);
#ifdef __APPLE__
    long peak = usage.ru_maxrss / 1024; /* bytes there */
#else
    long peak = usage.ru_maxrss;
#endif
    printf("%lld %lld %ld %d\n", wall, cpu, peak, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
