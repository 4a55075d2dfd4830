/* A report as text for people, as JSON for programs, and as a page to look at. */
#ifndef NOMEN_CHECK_WRITE_H
#define NOMEN_CHECK_WRITE_H

#include <stdbool.h>

#include "base/buffer.h"
#include "nomen/check.h"

nomen_status nomen_check_write_text(const nomen_check_report *report, bool color, nomen_buffer *out, nomen_error *err);
nomen_status nomen_check_write_json(const nomen_check_report *report, nomen_buffer *out, nomen_error *err);
nomen_status nomen_check_write_html(const nomen_check_report *report, nomen_buffer *out, nomen_error *err);

/* 47,959: whole numbers for people. */
#define NOMEN_GROUPED_SIZE 32
const char *nomen_check_grouped(char out[NOMEN_GROUPED_SIZE], size_t number);

#endif
