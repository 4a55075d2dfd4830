/* How many processors this process may use. */
#ifndef NOMEN_BASE_PROCESSORS_H
#define NOMEN_BASE_PROCESSORS_H

#include <stddef.h>

/*
 * The processors of the affinity mask or, if that is less, of the control groups' quota, rounded up. At least 1; asked once.
 * Where mpirun has started several processes on this machine, and has bound this one to no part of it, its share.
 */
size_t nomen_processors(void);

/*
 * The quota of the control groups (versions 1 and 2) that this process is in, in processors: the least of its group's and
 * of those above it. 0 where there is none. Files are looked for below `root`, which is "" but in tests.
 * See "CPU Interface Files" in the kernel's admin-guide/cgroup-v2 and scheduler/sched-bwc.
 */
double nomen_processor_quota(const char *root);

/* The first number of a list like OMP_NUM_THREADS has; 0 if `text` is NULL or begins with no positive number. */
size_t nomen_first_count(const char *text);

#endif
