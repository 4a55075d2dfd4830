/* The table of settings; see the headers. */
#include "serve/settings_table.h"

#include "base/mem.h"

#define MEMBER(member) offsetof(nomen_serve_settings, member)

/* Seconds of a day, and of a year: what nobody means to wait longer than. */
#define DAY 86400.0
#define YEAR (366 * DAY)
/* The most bytes of anything. */
#define MOST_BYTES ((double)(1ULL << 40))

static const nomen_setting table[] = {
    {"model", 'm', NOMEN_SETTING_LIST, NOMEN_SETTING_MODELS, "[NAME=]DIR", NULL, 0, 0, MEMBER(models),
     "serve this model, by NAME or else the directory's last component; DIR is a directory, or a model in the hub's cache (nomen "
     "fetch); repeat it for more, the first is the default"},
    {"models-dir", 0, NOMEN_SETTING_TEXT, NOMEN_SETTING_MODELS, "DIR", NULL, 0, 0, MEMBER(models_dir),
     "models in here may be loaded by name at run time (POST /admin/models/NAME)"},
    {"int8", 0, NOMEN_SETTING_FLAG, NOMEN_SETTING_MODELS, NULL, NULL, 0, 0, MEMBER(int8),
     "quantise the dense layers to int8 while loading"},
    {"threads", 0, NOMEN_SETTING_COUNT, NOMEN_SETTING_MODELS, "N", "0", 0, 64, MEMBER(threads),
     "compute threads of each model; 0: all processors that this process may use"},

    {"listen", 0, NOMEN_SETTING_COMMAS, NOMEN_SETTING_ACCESS, "ADDRESS", "127.0.0.1:8080", 0, 0, MEMBER(listen),
     "HOST:PORT, [IPV6]:PORT, :PORT (all addresses) or unix:/PATH; repeat it for more. Sockets that systemd opened come first"},
    {"allowed-hosts", 0, NOMEN_SETTING_COMMAS, NOMEN_SETTING_ACCESS, "HOST[,HOST...]", NULL, 0, 0, MEMBER(allowed_hosts),
     "values of Host that are answered beside the loopback names and the addresses listened on; *: any"},
    {"keys", 0, NOMEN_SETTING_TEXT, NOMEN_SETTING_ACCESS, "FILE", NULL, 0, 0, MEMBER(keys),
     "keys that clients must send, one a line: ROLE NAME KEY, with ROLE user or admin; only its owner may read the file"},
    {"no-auth", 0, NOMEN_SETTING_FLAG, NOMEN_SETTING_ACCESS, NULL, NULL, 0, 0, MEMBER(no_auth),
     "listen beyond loopback although there are no keys"},
    {"no-page", 0, NOMEN_SETTING_FLAG, NOMEN_SETTING_ACCESS, NULL, NULL, 0, 0, MEMBER(no_page), "serve no page at /"},

    {"max-body", 0, NOMEN_SETTING_BYTES, NOMEN_SETTING_LIMITS, "SIZE", "16MiB", 1, MOST_BYTES, MEMBER(max_body),
     "the largest body of a request"},
    {"max-inputs", 0, NOMEN_SETTING_COUNT, NOMEN_SETTING_LIMITS, "N", "100000", 1, 1e9, MEMBER(max_inputs),
     "the most texts of a request"},
    {"max-text", 0, NOMEN_SETTING_BYTES, NOMEN_SETTING_LIMITS, "SIZE", "0", 0, MOST_BYTES, MEMBER(max_text),
     "the longest text; 0: as --max-body"},
    {"max-json-depth", 0, NOMEN_SETTING_COUNT, NOMEN_SETTING_LIMITS, "N", "32", 4, 1000, MEMBER(max_json_depth),
     "how deep a body's JSON may be nested"},
    {"max-header", 0, NOMEN_SETTING_BYTES, NOMEN_SETTING_LIMITS, "SIZE", "16KiB", 1024, 1 << 20, MEMBER(max_header),
     "the largest head of a request"},
    {"max-connections", 0, NOMEN_SETTING_COUNT, NOMEN_SETTING_LIMITS, "N", "4096", 1, 1e6, MEMBER(max_connections),
     "the most connections, or what the limit of descriptors leaves"},
    {"max-queue-ms", 0, NOMEN_SETTING_COUNT, NOMEN_SETTING_LIMITS, "N", "1000", 1, 1000 * DAY, MEMBER(max_queue_ms),
     "the longest expected wait, in milliseconds, of a request that is taken; others get 429"},
    {"min-body-rate", 0, NOMEN_SETTING_BYTES, NOMEN_SETTING_LIMITS, "SIZE", "1024", 0, MOST_BYTES, MEMBER(min_body_rate),
     "bytes a second that a body must bring after its first 10 seconds; 0: any"},

    {"timeout", 0, NOMEN_SETTING_SECONDS, NOMEN_SETTING_TIMES, "SECONDS", "60", 0.001, YEAR, MEMBER(timeout),
     "what a request may take in all"},
    {"head-timeout", 0, NOMEN_SETTING_SECONDS, NOMEN_SETTING_TIMES, "SECONDS", "10", 0.001, DAY, MEMBER(head_timeout),
     "what the head of a request may take in all"},
    {"keep-alive", 0, NOMEN_SETTING_SECONDS, NOMEN_SETTING_TIMES, "SECONDS", "60", 0, DAY, MEMBER(keep_alive),
     "how long an idle connection is kept"},
    {"stop-timeout", 0, NOMEN_SETTING_SECONDS, NOMEN_SETTING_TIMES, "SECONDS", "30", 0, DAY, MEMBER(stop_timeout),
     "what a graceful stop may take"},
    {"stop-delay", 0, NOMEN_SETTING_SECONDS, NOMEN_SETTING_TIMES, "SECONDS", "0", 0, DAY, MEMBER(stop_delay),
     "between /ready turning false and the end of listening, so that load balancers notice"},

    {"log-format", 0, NOMEN_SETTING_LOG_FORM, NOMEN_SETTING_OUTPUT, "FORM", "text", 0, 0, MEMBER(log_form), "text or json"},
    {"log-text", 0, NOMEN_SETTING_FLAG, NOMEN_SETTING_OUTPUT, NULL, NULL, 0, 0, MEMBER(log_text),
     "log the texts of requests, which may be personal data"},
    {"quiet", 'q', NOMEN_SETTING_FLAG, NOMEN_SETTING_OUTPUT, NULL, NULL, 0, 0, MEMBER(quiet), "log no line for each request"},
};
enum { N_SETTINGS = sizeof table / sizeof *table };

const nomen_setting *nomen_settings_table(size_t *n) {
    *n = N_SETTINGS;
    return table;
}

void *nomen_setting_member(nomen_serve_settings *settings, const nomen_setting *setting) {
    return (char *)settings + setting->offset;
}

nomen_status nomen_settings_defaults(nomen_serve_settings *out, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; status == NOMEN_OK && i < N_SETTINGS; i++) {
        if (table[i].standard == NULL) { continue; }
        status = nomen_setting_set(out, &table[i], &table[i].standard, 1, false, table[i].name, err);
    }
    if (status != NOMEN_OK) { nomen_settings_clear(out); }
    return status;
}

nomen_status nomen_strings_add(nomen_strings *strings, const char *text, size_t n_bytes, nomen_error *err) {
    nomen_status status = NOMEN_RESERVE(strings->items, strings->capacity, strings->n + 1, err);
    if (status == NOMEN_OK) { status = NOMEN_COPY(strings->items[strings->n], text, n_bytes, err); }
    if (status == NOMEN_OK) { strings->n++; }
    return status;
}

void nomen_strings_clear(nomen_strings *strings) {
    for (size_t i = 0; i < strings->n; i++) { nomen_mem_free(strings->items[i]); }
    nomen_mem_free(strings->items);
    *strings = (nomen_strings){0};
}

void nomen_settings_clear(nomen_serve_settings *settings) {
    for (size_t i = 0; i < N_SETTINGS; i++) {
        void *member = nomen_setting_member(settings, &table[i]);
        if (table[i].kind == NOMEN_SETTING_TEXT) { nomen_mem_free(*(char **)member); }
        if (table[i].kind == NOMEN_SETTING_LIST || table[i].kind == NOMEN_SETTING_COMMAS) { nomen_strings_clear(member); }
    }
    nomen_mem_free(settings->config);
    *settings = (nomen_serve_settings){0};
}
