/* What the kernel says of this process, for metrics. */
#ifndef NOMEN_SERVE_PROCESS_H
#define NOMEN_SERVE_PROCESS_H

/* -1 for what is not known. */
typedef struct nomen_process {
    double resident_bytes, virtual_bytes;
    double cpu_seconds;
    double open_files, max_files;
    double start_time; /* Unix time */
} nomen_process;

void nomen_process_read(nomen_process *out);

#endif
