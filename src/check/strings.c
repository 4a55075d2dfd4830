/* Reports as strings of their own; see nomen/check.h and nomen/label_errors.h. */
#include "check/label_errors.h"
#include "check/write.h"

nomen_status nomen_check_report_to_text(const nomen_check_report *report, bool color, char **out, size_t *n_bytes,
                                        nomen_error *err) {
    nomen_buffer text = {0};
    return nomen_buffer_string(nomen_check_write_text(report, color, &text, err), &text, out, n_bytes, err);
}

nomen_status nomen_check_report_to_json(const nomen_check_report *report, char **out, size_t *n_bytes, nomen_error *err) {
    nomen_buffer text = {0};
    return nomen_buffer_string(nomen_check_write_json(report, &text, err), &text, out, n_bytes, err);
}

nomen_status nomen_check_report_to_html(const nomen_check_report *report, char **out, size_t *n_bytes, nomen_error *err) {
    nomen_buffer text = {0};
    return nomen_buffer_string(nomen_check_write_html(report, &text, err), &text, out, n_bytes, err);
}

nomen_status nomen_label_report_to_text(const nomen_label_report *report, size_t most, char **out, size_t *n_bytes,
                                        nomen_error *err) {
    nomen_buffer text = {0};
    return nomen_buffer_string(nomen_label_report_text(report, most, &text, err), &text, out, n_bytes, err);
}

nomen_status nomen_label_report_to_json(const nomen_label_report *report, size_t most, char **out, size_t *n_bytes,
                                        nomen_error *err) {
    nomen_buffer text = {0};
    return nomen_buffer_string(nomen_label_report_json(report, most, &text, err), &text, out, n_bytes, err);
}
