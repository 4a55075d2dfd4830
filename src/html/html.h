/*
 * HTML pages: one file, nothing fetched, no scripts. Text of any bytes stands in them as text, they are
 * light or dark as the reader's system is, and print in the light colours.
 */
#ifndef NOMEN_HTML_HTML_H
#define NOMEN_HTML_HTML_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* Where a text stands: between tags, or in an attribute within double quotes. */
typedef enum nomen_html_place { NOMEN_HTML_TEXT = 0, NOMEN_HTML_ATTRIBUTE } nomen_html_place;

/*
 * Appends text that can't leave its place. Ill-formed bytes become U+FFFD, control characters become visible
 * (NUL is "␀"; those of U+0080 to U+009F are "[U+0085]"), tabs and newlines stay, and a carriage return before a newline goes.
 */
nomen_status nomen_html_append(nomen_buffer *out, const char *text, size_t n_bytes, nomen_html_place place, nomen_error *err);

/*
 * The page up to the beginning of its body: doctype, UTF-8, viewport, title, and the style: the colours below as
 * the variables --page, --card, --text, --muted, --line and --accent, the basic elements, the classes t0 to
 * t(n_types - 1) that set --ground, --ink and --edge for a type, and then `style`, the caller's own.
 */
nomen_status nomen_html_begin(nomen_buffer *out, const char *title, size_t n_types, const char *style, nomen_error *err);
nomen_status nomen_html_end(nomen_buffer *out, nomen_error *err);

/* Colours as 0xRRGGBB. Each of [0] is for light and each of [1] for dark. */
typedef struct nomen_html_theme {
    uint32_t page, card;          /* grounds */
    uint32_t text, muted, accent; /* on either of them */
    uint32_t line;                /* borders */
} nomen_html_theme;
extern const nomen_html_theme nomen_html_themes[2];

typedef struct nomen_html_color {
    uint32_t ground, ink; /* of a marked text */
    uint32_t edge;        /* a line on the page, or around the ground */
} nomen_html_color;

/*
 * The colours of type number `type`, among types in any order that is always the same. From the 17th type on they
 * come again, with another kind of line around them.
 */
const nomen_html_color *nomen_html_type_color(size_t type, int dark);

#endif
