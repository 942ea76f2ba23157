/* Runs a fuzz target over files: the corpora are tests in every build. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned count;

static int one(const char *path) {
    FILE *f = fopen(path, "rb");
    if (!f) return perror(path), 1;
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    rewind(f);
    uint8_t *data = malloc(n > 0 ? (size_t)n : 1);
    if (!data || fread(data, 1, (size_t)n, f) != (size_t)n) return perror(path), 1;
    fclose(f);
    LLVMFuzzerTestOneInput(data, (size_t)n);
    free(data);
    count++;
    return 0;
}

static int all(const char *path) {
    struct stat st;
    if (stat(path, &st) != 0) return perror(path), 1;
    if (!S_ISDIR(st.st_mode)) return one(path);
    DIR *dir = opendir(path);
    int failed = dir == NULL;
    for (struct dirent *d; dir && (d = readdir(dir));) {
        char below[4096];
        if (d->d_name[0] == '.') continue;
        snprintf(below, sizeof below, "%s/%s", path, d->d_name);
        failed |= all(below);
    }
    if (dir) closedir(dir);
    return failed;
}

int main(int argc, char **argv) {
    int failed = 0;
    for (int i = 1; i < argc; i++) failed |= all(argv[i]);
    printf("%u inputs replayed\n", count);
    return failed || count == 0;
}
