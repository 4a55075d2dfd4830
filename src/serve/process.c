/* What the kernel says of this process, by proc(5); see the header. */
#include "serve/process.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"

/* Pages in all and in memory, of statm. */
static void read_memory(nomen_process *out, nomen_buffer *text) {
    char *end = NULL;
    double page = (double)sysconf(_SC_PAGESIZE);
    nomen_buffer_reset(text);
    if (nomen_file_read("/proc/self/statm", text, NULL) != NOMEN_OK || text->size == 0) { return; }
    out->virtual_bytes = (double)strtoull(text->data, &end, 10) * page;
    out->resident_bytes = (double)strtoull(end, NULL, 10) * page;
}

/* Field 22 of stat is the start in ticks since the machine's; its second field, in brackets, may hold anything. */
static void read_start(nomen_process *out, nomen_buffer *text) {
    double ticks = (double)sysconf(_SC_CLK_TCK);
    unsigned long long start = 0;
    nomen_buffer_reset(text);
    if (nomen_file_read("/proc/self/stat", text, NULL) != NOMEN_OK || text->size == 0) { return; }
    const char *at = strrchr(text->data, ')');
    for (int field = 2; at != NULL && field < 22; field++) {
        at = strchr(at + 1, ' ');
        if (at != NULL && field == 21) { start = strtoull(at + 1, NULL, 10); }
    }
    if (at == NULL || ticks <= 0) { return; }
    nomen_buffer_reset(text);
    if (nomen_file_read("/proc/stat", text, NULL) != NOMEN_OK || text->size == 0) { return; }
    const char *boot = strstr(text->data, "\nbtime ");
    if (boot != NULL) { out->start_time = (double)strtoull(boot + 7, NULL, 10) + (double)start / ticks; }
}

static void read_files(nomen_process *out) {
    struct rlimit limit;
    double n = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (folder != NULL) {
        for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) { n += entry->d_name[0] != '.'; }
        closedir(folder);
        out->open_files = n - 1; /* without the folder itself */
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) { out->max_files = (double)limit.rlim_cur; }
}

void nomen_process_read(nomen_process *out) {
    struct rusage usage;
    nomen_buffer text = {0};
    *out = (nomen_process){-1, -1, -1, -1, -1, -1};
    read_memory(out, &text);
    read_start(out, &text);
    read_files(out);
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        out->cpu_seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    }
    nomen_buffer_clear(&text);
}
