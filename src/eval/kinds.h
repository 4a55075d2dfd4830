/* How many of each there are: the public header doesn't say, as later versions may have more. */
#ifndef NOMEN_EVAL_KINDS_H
#define NOMEN_EVAL_KINDS_H

#include "nomen/eval.h"

#define NOMEN_N_STRICT (NOMEN_STRICT_BILOU + 1)
#define NOMEN_N_OVERLAP (NOMEN_OVERLAP_TYPE + 1)
#define NOMEN_N_OUTCOMES (NOMEN_SPURIOUS + 1)
#define NOMEN_N_SEEN (NOMEN_UNSEEN + 1)

/* As in nomen_details and nomen_calibration, where these never change. */
enum { NOMEN_N_LENGTHS = 6, NOMEN_N_BINS = 15 };

/* By nomen_overlap_way. */
typedef nomen_overlap nomen_overlaps[NOMEN_N_OVERLAP];

#endif
