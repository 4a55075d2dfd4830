/* Lines of columns; see the header. */
#include "data/columns.h"

#include <string.h>

#include "data/documents.h"
#include "data/lines.h"

/* The columns of a line, 0 where the last is no tag (O, B-type and so on). */
static size_t count_tagged(const char *bytes, size_t n_bytes) {
    size_t n = 0, last = 0;
    while (n_bytes > 0 && nomen_lines_is_blank(bytes[n_bytes - 1])) { n_bytes--; }
    for (size_t i = 0; i < n_bytes; i++) {
        if (nomen_lines_is_blank(bytes[i]) || (i > 0 && !nomen_lines_is_blank(bytes[i - 1]))) { continue; }
        n++;
        last = i;
    }
    const char *tag = bytes + last;
    size_t n_tag = n_bytes - last;
    bool outside = n_tag == 1 && tag[0] == 'O', inside = n_tag > 2 && tag[1] == '-' && strchr("BIESLU", tag[0]) != NULL;
    return outside || inside ? n : 0;
}

bool nomen_columns_have_tags(const char *bytes, size_t n_bytes) {
    enum { MOST_LINES = 64 };
    nomen_lines lines = {.bytes = bytes, .n_bytes = n_bytes};
    size_t n_columns = 0, n_lines = 0;
    for (size_t at = 0; at < n_bytes && n_lines < MOST_LINES;) {
        size_t next = nomen_lines_end(&lines, at), end = next, start = at;
        while (end > at && (nomen_lines_is_end(bytes[end - 1]) || nomen_lines_is_blank(bytes[end - 1]))) { end--; }
        at = next;
        if (start == end || nomen_line_mark_of(bytes + start, end - start, false) != NOMEN_LINE_WORD) { continue; }
        size_t n = count_tagged(bytes + start, end - start);
        if (n < 2 || (n_columns > 0 && n != n_columns)) { return false; }
        n_columns = n;
        n_lines++;
    }
    return n_lines > 1 || n_columns == 2;
}
