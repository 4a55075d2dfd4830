/* Case of data against case of model. */
#ifndef NOMEN_CHECK_CASE_H
#define NOMEN_CHECK_CASE_H

#include "check/checker.h"

nomen_status nomen_check_case(nomen_checker *checker, const nomen_tokenizer *tokenizer, nomen_error *err);

#endif
