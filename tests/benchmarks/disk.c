// One kind of work on one directory, by system calls alone, so that what is measured is the file system and not a language.
//   usage: disk WORK FOLDER COUNT [THREADS [BYTES]]        prints the seconds that it took
//
//   read     open, read and close the files 0 ... COUNT-1 of at most BYTES bytes
//   map      the same by mmap(2), touching each page
//   stat     stat(2) each of them
//   list     opendir(3), readdir(3) and stat(2) of each name
//   names    opendir(3) and readdir(3) alone
//   create   write BYTES bytes to a new file N.partial, close it, and rename it to N: as zarr-python stores a chunk
//   remove   unlink(2) each of them
// Threads share the files: each takes the next one. The directory is opened before, so that only the files count; a listing opens it again.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int folder, count, threads = 1;
static size_t size = 1 << 20;
static atomic_int next;

static void check(int fine, const char *what, int i) {
    if (!fine) {
        fprintf(stderr, "disk: %s of %d: %s\n", what, i, strerror(errno));
        exit(1);
    }
}

static const char *name(int i, const char *suffix) {
    static _Thread_local char text[2][32];
    char *own = text[suffix[0] != 0];
    snprintf(own, sizeof text[0], "%d%s", i, suffix);
    return own;
}

static void read_one(int i, char *buffer) {
    int file = openat(folder, name(i, ""), O_RDONLY);
    check(file >= 0, "open", i);
    ssize_t got, all = 0;
    while ((got = read(file, buffer, size)) > 0) all += got;
    check(got == 0 && all > 0, "read", i);
    close(file);
}

static void map_one(int i, char *buffer) {
    int file = openat(folder, name(i, ""), O_RDONLY);
    struct stat status;
    check(file >= 0 && fstat(file, &status) == 0, "open", i);
    volatile const char *bytes = mmap(NULL, status.st_size, PROT_READ, MAP_SHARED, file, 0);
    check(bytes != MAP_FAILED, "mmap", i);
    for (off_t at = 0; at < status.st_size; at += 4096) buffer[0] += bytes[at];
    munmap((void *)bytes, status.st_size);
    close(file);
}

static void stat_one(int i, char *buffer) {
    struct stat status;
    check(fstatat(folder, name(i, ""), &status, 0) == 0, "stat", i);
}

static void create_one(int i, char *buffer) {
    int file = openat(folder, name(i, ".partial"), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    check(file >= 0, "create", i);
    check(write(file, buffer, size) == (ssize_t)size, "write", i);
    check(close(file) == 0, "close", i);
    check(renameat(folder, name(i, ".partial"), folder, name(i, "")) == 0, "rename", i);
}

static void remove_one(int i, char *buffer) { check(unlinkat(folder, name(i, ""), 0) == 0, "unlink", i); }

static void *each(void *work) {
    char *buffer = aligned_alloc(4096, size);
    memset(buffer, 17, size);
    for (int i; (i = atomic_fetch_add(&next, 1)) < count;) ((void (*)(int, char *))work)(i, buffer);
    free(buffer);
    return NULL;
}

static void list(int with_status) {
    DIR *directory = fdopendir(openat(folder, ".", O_RDONLY | O_DIRECTORY));
    check(directory != NULL, "opendir", 0);
    struct dirent *entry;
    struct stat status;
    int found = 0;
    while ((entry = readdir(directory))) {
        if (entry->d_name[0] == '.') continue;
        if (with_status) check(fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0, "stat", found);
        found++;
    }
    errno = 0;
    check(found == count, "listing", found);
    closedir(directory);
}

int main(int argc, char **argv) {
    static const struct { const char *name; void (*one)(int, char *); } works[] = {
        {"read", read_one}, {"map", map_one}, {"stat", stat_one}, {"create", create_one}, {"remove", remove_one}};
    if (argc < 4) return fprintf(stderr, "usage: disk WORK FOLDER COUNT [THREADS [BYTES]]\n"), 2;
    folder = open(argv[2], O_RDONLY | O_DIRECTORY);
    check(folder >= 0, argv[2], 0);
    count = atoi(argv[3]);
    if (argc > 4) threads = atoi(argv[4]);
    if (argc > 5) size = atol(argv[5]);
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    void (*one)(int, char *) = NULL;
    for (size_t i = 0; i < sizeof works / sizeof *works; i++)
        if (strcmp(argv[1], works[i].name) == 0) one = works[i].one;
    if (one) {
        pthread_t running[threads];
        for (int i = 0; i < threads; i++) pthread_create(&running[i], NULL, each, (void *)one);
        for (int i = 0; i < threads; i++) pthread_join(running[i], NULL);
    } else if (strcmp(argv[1], "list") == 0 || strcmp(argv[1], "names") == 0) {
        list(argv[1][0] == 'l');
    } else {
        return fprintf(stderr, "disk: what is %s?\n", argv[1]), 2;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.9f\n", (end.tv_sec - start.tv_sec) + (end.tv_nsec - start.tv_nsec) / 1e9);
    return 0;
}
