/* What a sweep has done. */
#include "sweep/ledger.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json_out.h"
#include "base/mem.h"
#include "base/tree.h"
#include "nomen/version.h"
#include "train/save/run_identity.h"

enum { FORMAT = 1 };

nomen_status nomen_ledger_make(const char *directory, const nomen_axes *axes, size_t folds, nomen_ledger *ledger,
                               nomen_error *err) {
    size_t n_seeds = axes->seeds.n_values > 0 ? axes->seeds.n_values : 1, n_folds = folds > 0 ? folds : 1;
    nomen_status status;
    NOMEN_TRY(nomen_mem_replace_text(&ledger->directory, directory, err));
    NOMEN_TRY(nomen_mem_product(axes->n_trials * n_seeds, n_folds, "the runs of the sweep", &ledger->n_runs, err));
    NOMEN_TRY(NOMEN_NEW(ledger->runs, ledger->n_runs, err));
    for (size_t i = 0; i < ledger->n_runs; i++) {
        ledger->runs[i] = (nomen_sweep_entry){
            .trial = i / n_folds / n_seeds, .seed = i / n_folds % n_seeds, .fold = i % n_folds, .f1 = NAN, .loss = NAN};
    }
done:
    return status;
}

void nomen_ledger_clear(nomen_ledger *ledger) {
    for (size_t i = 0; ledger->runs != NULL && i < ledger->n_runs; i++) { nomen_mem_free(ledger->runs[i].problem); }
    nomen_mem_free(ledger->runs);
    nomen_mem_free(ledger->directory);
    *ledger = (nomen_ledger){0};
}

static json_t *axis_list(const nomen_sweep_options *o) {
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < o->n_axes; i++) {
        if (json_array_append_new(list, nomen_json_text(o->axes[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static nomen_status compare(const nomen_ledger *ledger, const json_t *saved, const json_t *now, const json_t *identity,
                            nomen_error *err) {
    static const char *const keys[] = {"format", "axes", "random", "seed", "folds", "discard-best"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        nomen_buffer before = {0}, after = {0};
        const json_t *value = json_object_get(saved, keys[i]);
        const bool older = value == NULL && strcmp(keys[i], "discard-best") == 0; /* earlier versions did not record it */
        if (older || json_equal(value, json_object_get(now, keys[i]))) { continue; }
        if (value != NULL) { (void)nomen_json_append(value, false, &before, NULL); }
        (void)nomen_json_append(json_object_get(now, keys[i]), false, &after, NULL);
        nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                        "%s/" NOMEN_SWEEP_FILE ": \"%s\" is %s there, and %s now; a sweep goes on as it began", ledger->directory,
                        keys[i], before.data != NULL ? before.data : "missing", after.data);
        nomen_buffer_clear(&before);
        nomen_buffer_clear(&after);
        return NOMEN_ERROR_ARGUMENT;
    }
    return nomen_run_identity_check(json_object_get(saved, "run"), identity, err);
}

bool nomen_ledger_is_there(const char *directory) {
    char *path = nomen_file_join(directory, NOMEN_SWEEP_FILE);
    const bool there = path != NULL && nomen_file_exists(path);
    nomen_mem_free(path);
    return there;
}

nomen_status nomen_ledger_begin(const nomen_ledger *ledger, const nomen_sweep_options *o, const json_t *identity,
                                const nomen_sweep_inputs *inputs, nomen_error *err) {
    char *path = NULL;
    json_t *saved = NULL, *now = NULL, *files = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_sweep_inputs_record(inputs, &files, err));
    NOMEN_TRY(NOMEN_JOIN(path, ledger->directory, NOMEN_SWEEP_FILE, err));
    now = json_pack("{s:i, s:s, s:o, s:b, s:o, s:I, s:b, s:O, s:O}", "format", FORMAT, "nomen_version", NOMEN_VERSION, "axes",
                    axis_list(o), "random", o->n_random > 0, "seed", json_sprintf("%llu", (unsigned long long)o->seed), "folds",
                    (json_int_t)o->folds, "discard-best", (int)o->discard_best, "run", identity, "files", files);
    if (now == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    if (nomen_file_exists(path)) {
        NOMEN_TRY(nomen_json_read(path, &saved, err));
        NOMEN_TRY(compare(ledger, saved, now, identity, err));
        const json_t *before = json_object_get(saved, "files"); /* those of older versions have none */
        if (before != NULL) { status = nomen_sweep_inputs_check(before, inputs, err); }
    } else {
        status = nomen_json_write(path, now, err);
    }
done:
    json_decref(saved);
    json_decref(now);
    json_decref(files);
    nomen_mem_free(path);
    return status;
}

static nomen_status run_path(const nomen_ledger *ledger, size_t run, char **out, nomen_error *err) {
    char name[40];
    snprintf(name, sizeof name, "run-%zu.json", run + 1);
    return NOMEN_JOIN(*out, ledger->directory, name, err);
}

/* Whether a record is of the values that the run has now: another version may draw others. */
static nomen_status check_run(const nomen_axes *axes, const nomen_sweep_entry *entry, const json_t *json, const char *path,
                              nomen_error *err) {
    const json_t *values = json_object_get(json, "values");
    for (size_t i = 0; i < axes->n; i++) {
        const char *name = axes->items[i].name, *now = nomen_axes_values(axes, entry->trial)[i];
        const char *before = json_string_value(json_object_get(values, name));
        if (before != NULL && strcmp(before, now) == 0) { continue; }
        return nomen_error_set(err, NOMEN_ERROR_DATA,
                               "%s: \"%s\" is %s there, and the run's is %s; another version of nomen may have drawn the "
                               "trials: go on with that one, or begin a new sweep",
                               path, name, before != NULL ? before : "missing", now);
    }
    return NOMEN_OK;
}

static nomen_status read_entry(const nomen_axes *axes, nomen_sweep_entry *entry, const char *path, nomen_error *err) {
    const char *problem = NULL;
    json_t *json = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_json_read(path, &json, err));
    NOMEN_TRY(check_run(axes, entry, json, path, err));
    NOMEN_TRY(nomen_json_get_number(json, "f1", path, &entry->f1, err));
    NOMEN_TRY(nomen_json_get_size(json, "gold", path, &entry->n_gold, err));
    NOMEN_TRY(nomen_json_get_size(json, "predicted", path, &entry->n_predicted, err));
    NOMEN_TRY(nomen_json_get_size(json, "correct", path, &entry->n_correct, err));
    NOMEN_TRY(nomen_json_get_number(json, "loss", path, &entry->loss, err));
    NOMEN_TRY(nomen_json_get_number(json, "seconds", path, &entry->seconds, err));
    NOMEN_TRY(nomen_json_get_text(json, "problem", path, &problem, err));
    NOMEN_TRY(nomen_json_get_bool(json, "refused", path, &entry->refused, err));
    if (problem != NULL) { NOMEN_TRY(nomen_mem_replace_text(&entry->problem, problem, err)); }
    entry->done = !entry->refused; /* another machine, or another option of reading, may take it; to be refused costs little */
done:
    json_decref(json);
    return status;
}

/* The number of a run whose file or directory has this name; 0 for other names. */
static size_t run_of(const char *name) {
    size_t run = 0, n = strlen("run-");
    if (strncmp(name, "run-", n) != 0) { return 0; }
    for (; name[n] >= '0' && name[n] <= '9' && run <= SIZE_MAX / 100; n++) { run = run * 10 + (size_t)(name[n] - '0'); }
    return name[n] == '\0' || strcmp(name + n, ".json") == 0 ? run : 0;
}

/* Fewer random trials than before would leave out runs of which there is something, maybe the best of them. */
static nomen_status check_runs(const nomen_ledger *ledger, nomen_error *err) {
    nomen_names names = {0};
    size_t last = 0;
    nomen_status status;
    NOMEN_TRY(nomen_directory_list(ledger->directory, &names, err));
    for (size_t i = 0; i < names.n; i++) {
        const size_t run = run_of(names.items[i]);
        last = run > last ? run : last;
    }
    if (last > ledger->n_runs) {
        status = nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                 "random: the trials that are asked for are %zu run%s, and run %zu is in %s already; ask for "
                                 "as many trials as before, or for more",
                                 ledger->n_runs, ledger->n_runs == 1 ? "" : "s", last, ledger->directory);
    }
done:
    nomen_names_clear(&names);
    return status;
}

nomen_status nomen_ledger_read(nomen_ledger *ledger, const nomen_axes *axes, nomen_error *err) {
    char *path = NULL;
    nomen_status status;
    NOMEN_TRY(check_runs(ledger, err));
    for (size_t i = 0; i < ledger->n_runs; i++) {
        NOMEN_TRY(run_path(ledger, i, &path, err));
        if (nomen_file_exists(path)) { NOMEN_TRY(read_entry(axes, &ledger->runs[i], path, err)); }
        nomen_mem_free(path);
        path = NULL;
    }
done:
    nomen_mem_free(path);
    return status;
}

nomen_status nomen_ledger_write(nomen_ledger *ledger, const nomen_axes *axes, size_t run, nomen_error *err) {
    nomen_sweep_entry *entry = &ledger->runs[run];
    nomen_buffer text = {0};
    nomen_json_out json = nomen_json_start(&text, err);
    char *path = NULL;
    nomen_status status;
    nomen_json_begin_object(&json, NULL);
    nomen_json_begin_object(&json, "values");
    for (size_t i = 0; i < axes->n; i++) {
        nomen_json_add_text(&json, axes->items[i].name, nomen_axes_values(axes, entry->trial)[i]);
    }
    if (axes->seeds.n_values > 0) { nomen_json_add_text(&json, "seed", axes->seeds.values[entry->seed]); }
    nomen_json_end_object(&json);
    nomen_json_add_size(&json, "trial", entry->trial + 1);
    nomen_json_add_size(&json, "fold", entry->fold + 1);
    nomen_json_add_number(&json, "f1", entry->f1);
    nomen_json_add_size(&json, "gold", entry->n_gold);
    nomen_json_add_size(&json, "predicted", entry->n_predicted);
    nomen_json_add_size(&json, "correct", entry->n_correct);
    nomen_json_add_number(&json, "loss", entry->loss);
    nomen_json_add_number(&json, "seconds", entry->seconds);
    nomen_json_add_text(&json, "problem", entry->problem);
    nomen_json_add_bool(&json, "refused", entry->refused);
    nomen_json_end_object(&json);
    NOMEN_TRY(nomen_json_end_line(&json));
    NOMEN_TRY(run_path(ledger, run, &path, err));
    NOMEN_TRY(nomen_file_write(path, text.data, text.size, err));
    entry->done = true;
done:
    nomen_buffer_clear(&text);
    nomen_mem_free(path);
    return status;
}
