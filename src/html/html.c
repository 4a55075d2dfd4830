/* HTML pages; see the header. */
#include "html/html.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"
#include "nomen/version.h"

const nomen_html_theme nomen_html_themes[2] = {
    {.page = 0xF7F7F9, .card = 0xFFFFFF, .text = 0x1C1E24, .muted = 0x5A6070, .accent = 0x2558A8, .line = 0xDCDEE5},
    {.page = 0x14161A, .card = 0x1C1F25, .text = 0xE8EAEE, .muted = 0xA2A8B5, .accent = 0x8AB8F8, .line = 0x343943},
};

/*
 * Sixteen hues of one lightness (OKLCH: grounds .905 and .355, inks .33 and .94, edges .60 and .70), so that no type
 * is louder than another; those far apart come first.
 */
enum { N_HUES = 16 };
static const nomen_html_color COLORS[N_HUES][2] = {
    {{0xCCE2FE, 0x073567, 0x3A81D7}, {0x193C67, 0xDFEDFF, 0x64A1EE}}, /* blue */
    {{0xFFD4CF, 0x5F1A19, 0xCA5551}, {0x612724, 0xFEE4E1, 0xE47C75}}, /* red */
    {{0xC6ECC6, 0x04420F, 0x3A9742}, {0x1A471D, 0xD9F4D9, 0x67B36A}}, /* green */
    {{0xECD5FF, 0x45235B, 0x9C63C2}, {0x492D5D, 0xF3E5FE, 0xB786DB}}, /* violet */
    {{0xFADAB0, 0x492F02, 0xAB7302}, {0x523503, 0xFDE8CB, 0xCD9130}}, /* amber */
    {{0xADEEED, 0x013E3E, 0x029393}, {0x084545, 0xC9F5F4, 0x0DB5B5}}, /* turquoise */
    {{0xFED1E5, 0x591A3C, 0xC0558D}, {0x5B2742, 0xFEE3EE, 0xDA7BAA}}, /* pink */
    {{0xE2E4B2, 0x383800, 0x868604}, {0x3F3F01, 0xECEECC, 0xA4A537}}, /* olive */
    {{0xD9DDFE, 0x2D2C67, 0x7173D7}, {0x343567, 0xE7EAFF, 0x8F94ED}}, /* indigo */
    {{0xFED6C1, 0x562603, 0xC46016}, {0x5E2C0A, 0xFFE5D8, 0xDE844F}}, /* orange */
    {{0xB5EED9, 0x024030, 0x049675}, {0x034736, 0xCFF6E7, 0x27B892}}, /* mint */
    {{0xF9D1F5, 0x501E4D, 0xB05BAA}, {0x542951, 0xFDE1FA, 0xCB7FC5}}, /* magenta */
    {{0xEDE0AF, 0x403400, 0x977E05}, {0x483B00, 0xF4ECCA, 0xB89D2B}}, /* yellow */
    {{0xB5E9FE, 0x043B4C, 0x138DB1}, {0x044255, 0xD2F1FE, 0x12AEDB}}, /* sky */
    {{0xFED3DB, 0x5D192E, 0xC75374}, {0x5F2636, 0xFDE4E8, 0xE17A93}}, /* rose */
    {{0xD3E9BB, 0x293D02, 0x669014}, {0x2F4409, 0xE2F1D2, 0x87AD50}}, /* lime */
};

/* Around types whose colours came before. */
static const char *const LINES[] = {"solid", "dashed", "dotted", "double"};

/* Colours are variables; paper is light. Nothing is fetched or run, whatever a text holds. */
static const char HEAD[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta name=\"generator\" content=\"nomen " NOMEN_VERSION "\">\n<title>";

static const char BASE[] =
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,-apple-system,\"Segoe UI\","
    "Roboto,\"Noto Sans\",\"DejaVu Sans\",sans-serif}\n"
    "main{max-width:60rem;margin:0 auto;padding:1.5rem 1.25rem 3rem}\n"
    "h1{font-size:1.4rem;line-height:1.25;margin:0 0 1rem;overflow-wrap:anywhere}\n"
    "h2{font-size:1.1rem;margin:1.5rem 0 .5rem}\n"
    "a{color:var(--accent)}\n"
    "table{border-collapse:collapse}\n"
    "th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--line)}\n"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}\n"
    "code,pre{font-family:ui-monospace,\"DejaVu Sans Mono\",monospace;font-size:.92em}\n"
    "footer{margin-top:1.5rem;color:var(--muted);font-size:.85rem}\n"
    "@media print{body{background:none;font-size:10.5pt}main{max-width:none;padding:0}"
    "*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}\n"
    "@page{margin:18mm 16mm}\n";

const nomen_html_color *nomen_html_type_color(size_t type, int dark) {
    return &COLORS[type % N_HUES][dark != 0];
}

static nomen_status append_control(nomen_buffer *out, unsigned control, nomen_error *err) {
    if (control < 0x20 || control == 0x7F) { /* U+2400 and on are pictures of them, U+2421 that of DEL */
        unsigned picture = control == 0x7F ? 0x21 : control;
        char bytes[3] = {(char)0xE2, (char)0x90, (char)(0x80 + picture)};
        return nomen_buffer_append(out, bytes, sizeof bytes, err);
    }
    return nomen_buffer_printf(out, err, "[U+%04X]", control);
}

/* What stands for a byte of ASCII; NULL for itself. */
static const char *entity_of(unsigned char c, nomen_html_place place) {
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    case '\n': return place == NOMEN_HTML_ATTRIBUTE ? "&#10;" : NULL;
    case '\t': return place == NOMEN_HTML_ATTRIBUTE ? "&#9;" : NULL;
    default: return NULL;
    }
}

/* How many bytes from s[0] on stand for themselves. */
static size_t plain_length(const unsigned char *s, size_t n, nomen_html_place place) {
    size_t i = 0;
    while (i < n) {
        size_t length = 1;
        if (s[i] >= 0x80) {
            length = nomen_utf8_length((const char *)s + i, n - i);
            if (length == 0 || (s[i] == 0xC2 && s[i + 1] < 0xA0)) { break; }
        } else if ((s[i] < 0x20 && s[i] != '\n' && s[i] != '\t') || s[i] == 0x7F || entity_of(s[i], place) != NULL) {
            break;
        }
        i += length;
    }
    return i;
}

nomen_status nomen_html_append(nomen_buffer *out, const char *text, size_t n_bytes, nomen_html_place place, nomen_error *err) {
    const unsigned char *s = (const unsigned char *)text;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n_bytes;) {
        size_t n = plain_length(s + i, n_bytes - i, place), part = 1;
        if (n > 0) { NOMEN_TRY(nomen_buffer_append(out, s + i, n, err)); }
        i += n;
        if (i == n_bytes) { break; }
        const char *entity = entity_of(s[i], place);
        if (entity != NULL) {
            NOMEN_TRY(nomen_buffer_append_text(out, entity, err));
        } else if (s[i] < 0x80) {
            bool line_end = s[i] == '\r' && i + 1 < n_bytes && s[i + 1] == '\n';
            if (!line_end) { NOMEN_TRY(append_control(out, s[i], err)); }
        } else {
            uint32_t scalar;
            part = nomen_utf8_decode(text + i, n_bytes - i, &scalar);
            NOMEN_TRY(scalar < 0xA0 ? append_control(out, s[i + 1], err) : nomen_buffer_append_text(out, "\xEF\xBF\xBD", err));
        }
        i += part;
    }
done:
    return status;
}

static nomen_status append_theme(nomen_buffer *out, int dark, size_t n_types, nomen_error *err) {
    const nomen_html_theme *t = &nomen_html_themes[dark];
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(out, err,
                                  ":root{--page:#%06X;--card:#%06X;--text:#%06X;--muted:#%06X;--accent:#%06X;"
                                  "--line:#%06X}\n",
                                  t->page, t->card, t->text, t->muted, t->accent, t->line));
    for (size_t i = 0; i < n_types; i++) {
        const nomen_html_color *c = nomen_html_type_color(i, dark);
        const char *line = LINES[i / N_HUES % (sizeof LINES / sizeof *LINES)];
        NOMEN_TRY(nomen_buffer_printf(out, err, ".t%zu{--ground:#%06X;--ink:#%06X;--edge:#%06X;--kind:%s}\n", i, c->ground,
                                      c->ink, c->edge, line));
    }
done:
    return status;
}

nomen_status nomen_html_begin(nomen_buffer *out, const char *title, size_t n_types, const char *style, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(out, HEAD, err));
    NOMEN_TRY(nomen_html_append(out, title, strlen(title), NOMEN_HTML_TEXT, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "</title>\n<style>\n", err));
    NOMEN_TRY(append_theme(out, 0, n_types, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "@media screen and (prefers-color-scheme:dark){\n", err));
    NOMEN_TRY(append_theme(out, 1, n_types, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "}\n", err));
    NOMEN_TRY(nomen_buffer_append_text(out, BASE, err));
    NOMEN_TRY(nomen_buffer_append_text(out, style, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "</style>\n</head>\n<body>\n", err));
done:
    return status;
}

nomen_status nomen_html_end(nomen_buffer *out, nomen_error *err) {
    return nomen_buffer_append_text(out, "</body>\n</html>\n", err);
}
