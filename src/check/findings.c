/* Findings as they come; see the header. */
#include "check/findings.h"

#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"

static nomen_status keep(nomen_found *found, const char *path, size_t line, const char *text) {
    nomen_status status = NOMEN_RESERVE(found->places, found->capacity, found->n_places + 1, NULL);
    if (status != NOMEN_OK) { return status; }
    char *own = nomen_mem_copy(text, strlen(text)), *name = nomen_mem_copy(path, strlen(path));
    if (own == NULL || name == NULL) {
        nomen_mem_free(own);
        nomen_mem_free(name);
        return NOMEN_ERROR_MEMORY;
    }
    found->places[found->n_places++] = (nomen_check_place){name, line, own};
    return NOMEN_OK;
}

static void add(nomen_findings *findings, nomen_check_kind kind, const char *path, size_t line, const char *text) {
    nomen_found *found = &findings->kinds[kind];
    found->count++;
    if (found->n_places >= findings->max_places || findings->status != NOMEN_OK) { return; }
    findings->status = keep(found, path, line, text);
}

void nomen_findings_add(nomen_findings *findings, nomen_check_kind kind, const char *path, size_t line, const char *format, ...) {
    char text[NOMEN_ERROR_SIZE];
    if (!nomen_findings_want(findings, kind)) {
        findings->kinds[kind].count++;
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    nomen_number_vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    add(findings, kind, path, line, text);
}

void nomen_findings_detail(nomen_findings *findings, nomen_check_kind kind, const char *format, ...) {
    char text[NOMEN_ERROR_SIZE];
    va_list arguments;
    va_start(arguments, format);
    nomen_number_vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    char *own = nomen_mem_copy(text, strlen(text));
    if (own == NULL) {
        findings->status = NOMEN_ERROR_MEMORY;
        return;
    }
    nomen_mem_free(findings->kinds[kind].detail);
    findings->kinds[kind].detail = own;
}

static const nomen_check_kind kind_of[NOMEN_DIAGNOSTIC_N_KINDS] = {
    [NOMEN_NOTE_MISALIGNED] = NOMEN_CHECK_OFF_BORDER,
    [NOMEN_NOTE_LEFT_OUT] = NOMEN_CHECK_LEFT_OUT,
    [NOMEN_NOTE_OVERLAPPING] = NOMEN_CHECK_OVERLAP,
    [NOMEN_NOTE_WORDLESS_SPAN] = NOMEN_CHECK_WORDLESS_SPAN,
    [NOMEN_NOTE_WORDLESS_TEXT] = NOMEN_CHECK_WORDLESS_TEXT,
    [NOMEN_NOTE_DISCONTINUOUS] = NOMEN_CHECK_DISCONTINUOUS,
    [NOMEN_NOTE_TEXT_DIFFERS] = NOMEN_CHECK_TEXT_DIFFERS,
    [NOMEN_NOTE_UTF16] = NOMEN_CHECK_UTF16,
    [NOMEN_NOTE_NOT_ANNOTATED] = NOMEN_CHECK_NOT_ANNOTATED,
    [NOMEN_NOTE_ANNOTATIONS] = NOMEN_CHECK_ANNOTATIONS,
    [NOMEN_NOTE_PREDICTIONS] = NOMEN_CHECK_PREDICTIONS,
    [NOMEN_NOTE_REJECTED_SPAN] = NOMEN_CHECK_REJECTED_SPAN,
    [NOMEN_NOTE_IGNORED_SPAN] = NOMEN_CHECK_IGNORED_SPAN,
    [NOMEN_NOTE_ONE_ASKED] = NOMEN_CHECK_ONE_ASKED,
    [NOMEN_NOTE_SECOND_KEY] = NOMEN_CHECK_SECOND_KEY,
    [NOMEN_NOTE_NAMED_BESIDE] = NOMEN_CHECK_NAMED_BESIDE,
    [NOMEN_NOTE_ENDS] = NOMEN_CHECK_ENDS,
    [NOMEN_NOTE_OTHER] = NOMEN_CHECK_NOT_ENTITIES,
    [NOMEN_NOTE_EXTRA_TOKENS] = NOMEN_CHECK_NOT_ENTITIES,
    [NOMEN_NOTE_WORD_PREFIX] = NOMEN_CHECK_WORD_PREFIX,
    [NOMEN_NOTE_FIELDS] = NOMEN_CHECK_FIELDS,
    [NOMEN_FAULT_ROW] = NOMEN_CHECK_ROW,
    [NOMEN_FAULT_COUNTS] = NOMEN_CHECK_COUNTS,
    [NOMEN_FAULT_QUOTE] = NOMEN_CHECK_QUOTE,
    [NOMEN_FAULT_COLUMNS] = NOMEN_CHECK_COLUMNS,
    [NOMEN_FAULT_EMPTY] = NOMEN_CHECK_EMPTY,
    [NOMEN_FAULT_TAG] = NOMEN_CHECK_TAG,
    [NOMEN_FAULT_SCHEME] = NOMEN_CHECK_SCHEMES,
    [NOMEN_FAULT_JSON] = NOMEN_CHECK_JSON,
    [NOMEN_FAULT_SPAN] = NOMEN_CHECK_SPAN,
    [NOMEN_FAULT_ORDER] = NOMEN_CHECK_ORDER,
    [NOMEN_FAULT_IMPLAUSIBLE] = NOMEN_CHECK_IMPLAUSIBLE,
    [NOMEN_FAULT_ENCODING] = NOMEN_CHECK_ENCODING,
};

void nomen_findings_report(void *user, nomen_diagnostic_kind kind, const char *name, size_t line, const char *message) {
    nomen_findings *findings = user;
    findings->n_told[kind]++;
    add(findings, kind_of[kind], name, line, message);
}

void nomen_findings_unreported(nomen_findings *findings, const char *name, const nomen_notes *notes) {
    for (size_t kind = 0; kind <= NOMEN_NOTE_FIELDS; kind++) {
        size_t n = notes->counts[kind] - findings->n_told[kind];
        findings->n_told[kind] = 0;
        if (n == 0) { continue; }
        nomen_findings_add(findings, kind_of[kind], name, 0, "%zu of them", n);
        nomen_findings_count(findings, kind_of[kind], n - 1);
    }
}

void nomen_findings_clear(nomen_findings *findings) {
    for (size_t kind = 0; kind < NOMEN_CHECK_N_KINDS; kind++) {
        nomen_found *found = &findings->kinds[kind];
        for (size_t i = 0; i < found->n_places; i++) {
            nomen_mem_free((char *)(uintptr_t)found->places[i].text);
            nomen_mem_free((char *)(uintptr_t)found->places[i].path);
        }
        nomen_mem_free(found->places);
        nomen_mem_free(found->detail);
        *found = (nomen_found){0};
    }
}
