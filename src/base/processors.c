/* Affinity and quotas; see the header. */
#include "base/processors.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 1024, LINE_BYTES = 1024 };

/* The kernel refuses a mask that is too small for its processors, so the mask grows until it is taken. */
static size_t affinity(void) {
    for (int n = 1024; n <= 1 << 20; n *= 4) {
        cpu_set_t *set = CPU_ALLOC((size_t)n);
        if (set == NULL) { return 1; }
        const size_t size = CPU_ALLOC_SIZE((size_t)n);
        const int problem = sched_getaffinity(0, size, set) == 0 ? 0 : errno;
        const int count = problem == 0 ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (problem != EINVAL) { return count > 0 ? (size_t)count : 1; }
    }
    return 1;
}

/* A small file's first line; false where there is none. */
static bool read_line(const char *root, const char *folder, const char *group, const char *name, char line[LINE_BYTES]) {
    char path[PATH_BYTES];
    const int n = snprintf(path, sizeof path, "%s/sys/fs/cgroup%s%s/%s", root, folder, group, name);
    if (n < 0 || (size_t)n >= sizeof path) { return false; }
    FILE *file = fopen(path, "re");
    if (file == NULL) { return false; }
    const bool read = fgets(line, LINE_BYTES, file) != NULL;
    fclose(file);
    return read;
}

/* Quota and period in microseconds, as numbers of one line ("max 100000": none) or of two files (-1: none). */
static double quota_of(const char *root, const char *folder, const char *group) {
    char line[LINE_BYTES], period_line[LINE_BYTES];
    double period = 0;
    char *end = line;
    if (read_line(root, folder, group, "cpu.max", line)) {
        const double quota = (double)strtoll(line, &end, 10);
        period = (double)strtoll(end, NULL, 10);
        return end != line && quota > 0 && period > 0 ? quota / period : 0;
    }
    if (!read_line(root, folder, group, "cpu.cfs_quota_us", line) ||
        !read_line(root, folder, group, "cpu.cfs_period_us", period_line)) {
        return 0;
    }
    const double quota = (double)strtoll(line, NULL, 10);
    period = (double)strtoll(period_line, NULL, 10);
    return quota > 0 && period > 0 ? quota / period : 0;
}

static double less_but_none(double a, double b) {
    return a <= 0 ? b : b <= 0 ? a : a < b ? a : b;
}

/* The least quota of a group and of those above it. In a container the group's path may name what is outside: then the root's. */
static double quota_upwards(const char *root, const char *folder, char *group) {
    double least = 0;
    for (;;) {
        if (strcmp(group, "/") == 0) { group[0] = '\0'; }
        least = less_but_none(least, quota_of(root, folder, group));
        char *slash = strrchr(group, '/');
        if (slash == NULL) { return least; }
        *slash = '\0';
    }
}

/* Whether a list of controllers, separated by commas, has "cpu". */
static bool has_cpu(const char *controllers) {
    for (const char *at = controllers; *at != '\0';) {
        const size_t n = strcspn(at, ",");
        if (n == 3 && memcmp(at, "cpu", 3) == 0) { return true; }
        at += n + (at[n] == ',');
    }
    return false;
}

double nomen_processor_quota(const char *root) {
    char path[PATH_BYTES], line[LINE_BYTES + PATH_BYTES];
    double least = 0;
    const int n = snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = n > 0 && (size_t)n < sizeof path ? fopen(path, "re") : NULL;
    if (file == NULL) { return 0; }
    while (fgets(line, sizeof line, file) != NULL) { /* NUMBER:CONTROLLERS:GROUP, of version 2 without controllers */
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
        if (group == NULL) { continue; }
        *controllers++ = '\0';
        *group++ = '\0';
        if (*controllers == '\0') {
            least = less_but_none(least, quota_upwards(root, "", group));
        } else if (has_cpu(controllers)) {
            char folder[PATH_BYTES];
            const char *mounted[] = {controllers, "cpu", "cpu,cpuacct"};
            for (size_t i = 0; i < sizeof mounted / sizeof *mounted; i++) {
                char copy[PATH_BYTES];
                snprintf(folder, sizeof folder, "/%s", mounted[i]);
                snprintf(copy, sizeof copy, "%s", group);
                least = less_but_none(least, quota_upwards(root, folder, copy));
            }
        }
    }
    fclose(file);
    return least;
}

size_t nomen_processors(void) {
    static _Atomic size_t known;
    size_t n = atomic_load_explicit(&known, memory_order_relaxed);
    if (n == 0) {
        const double quota = nomen_processor_quota("");
        n = affinity();
        const long online = sysconf(_SC_NPROCESSORS_ONLN);
        const size_t together = nomen_first_count(getenv("OMPI_COMM_WORLD_LOCAL_SIZE"));
        const bool bound = online > 0 && n < (size_t)online;
        if (quota > 0 && ceil(quota) < (double)n) { n = (size_t)ceil(quota); }
        if (together > 1 && !bound) { n = n > together ? n / together : 1; }
        atomic_store_explicit(&known, n, memory_order_relaxed);
    }
    return n;
}

size_t nomen_first_count(const char *text) {
    char *end = NULL;
    const long n = text != NULL ? strtol(text, &end, 10) : 0;
    return n > 0 && (*end == '\0' || *end == ',' || *end == ' ') ? (size_t)n : 0;
}
