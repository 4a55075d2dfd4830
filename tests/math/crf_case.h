/* The CRF as a case of ops_cases.h, over float and over double. */
#ifndef TESTS_MATH_CRF_CASE_H
#define TESTS_MATH_CRF_CASE_H

#include "ops_cases.h"

/*
 * Inputs: logits (N,K), transitions (K,K), start (K), end (K); output: the loss. Rows without a target are those of
 * ops_cases_target, or none where the shape is `bare`.
 */
extern const ops_case ops_crf_case_float, ops_crf_case_double;

/* The target of row n, -100 for none. */
int ops_crf_target(const ops_shape *s, size_t n);

#endif
