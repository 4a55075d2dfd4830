/* What evaluations show: a model that predicts nothing, nothing right, or less and less of what it has not seen. */
#include <math.h>

#include "base/number.h"
#include "train/diagnosis/diagnosis.h"
#include "train/options/parameters.h"

/*
 * In so many evaluations in a row. After one, many good runs still predict only O: labels are rare, and O is learnt first. A
 * run that ends that way is told at once.
 */
enum { IN_A_ROW = 2 };

/*
 * The dev loss has to be so much above its lowest value. It rises a little in good runs too, while the F1 rises; a larger value
 * would come too late to spare the epochs.
 */
#define RISEN 1.05

/* The scores don't show which way a rate is wrong: a model predicts only O after steps that are too small or too large. */
static char *advise_learning(const nomen_diagnosis *d, char out[NOMEN_DIAGNOSIS_ADVICE_SIZE]) {
    const nomen_train_options *o = d->options;
    double usual = nomen_usual_rate(o, d->hidden_size), rate = o->learning_rate;
    if (rate > 10 * usual) { return nomen_diagnosis_calm(o, out); }
    nomen_number_snprintf(out, NOMEN_DIAGNOSIS_ADVICE_SIZE, "raise learning-rate (%g) to %g, or epochs (%zu) to %zu%s", rate,
                          rate < usual ? usual : 3 * rate, o->epochs, 2 * o->epochs,
                          o->crf ? "" : ", or set class-weight to auto");
    return out;
}

static nomen_status watch_entities(nomen_diagnosis *d, const nomen_diagnosis_scores *s, nomen_error *err) {
    nomen_diagnosis_memory *m = &d->memory;
    const nomen_prf *found = s->dev != NULL ? &s->dev->micro : &s->train->micro;
    const char *part = s->dev != NULL ? "dev" : "training";
    char advice[NOMEN_DIAGNOSIS_ADVICE_SIZE];
    bool wrong = found->support > 0 && found->correct == 0, silent = wrong && found->predicted == 0;
    m->n_silent = silent ? m->n_silent + 1 : 0;
    m->n_wrong = wrong ? m->n_wrong + 1 : 0;
    if (silent && (s->last || m->n_silent >= IN_A_ROW)) {
        return nomen_diagnosis_find(d, NOMEN_TRAIN_ONLY_OUTSIDE, err,
                                    "epoch %zu: the model predicts O for every word, though the %s part has %zu entities. %s. If "
                                    "that does not help, check that the labels stand at the right words",
                                    s->epoch, part, found->support, nomen_diagnosis_sentence(advise_learning(d, advice)));
    }
    if (m->n_wrong < IN_A_ROW || silent) { return NOMEN_OK; }
    return nomen_diagnosis_find(
        d, NOMEN_TRAIN_NOTHING_RIGHT, err,
        "epoch %zu: F1 stays at 0: of %zu entities predicted in the %s part none is among its %zu. %s. If "
        "that does not help, check that the labels of all parts mean the same",
        s->epoch, found->predicted, part, found->support, nomen_diagnosis_sentence(advise_learning(d, advice)));
}

static nomen_status watch_dev_loss(nomen_diagnosis *d, const nomen_diagnosis_scores *s, nomen_error *err) {
    nomen_diagnosis_memory *m = &d->memory;
    nomen_status status = NOMEN_OK;
    double dev_loss = s->dev->loss, f1 = s->dev->micro.f1;
    bool rises = m->n_evaluations > 0 && dev_loss > m->last_dev_loss && s->loss < m->last_loss;
    m->n_rises = rises ? m->n_rises + 1 : 0;
    if (m->n_rises <= 1) { m->rise_f1 = m->best_f1; }
    if (f1 > m->best_f1) { m->best_f1 = f1; }
    if (m->n_evaluations++ == 0 || dev_loss < m->low_dev_loss) {
        m->low_epoch = s->epoch;
        m->low_dev_loss = dev_loss;
        m->low_loss = s->loss;
    }
    m->last_dev_loss = dev_loss;
    m->last_loss = s->loss;
    /* A training loss above what it was is another trouble: a rate that is too high, which has its own finding. */
    if (m->n_rises < IN_A_ROW || dev_loss < RISEN * m->low_dev_loss || s->loss >= m->low_loss || m->best_f1 > m->rise_f1) {
        return NOMEN_OK;
    }
    NOMEN_TRY(nomen_diagnosis_find(
        d, NOMEN_TRAIN_OVER_FITTING, err,
        "epoch %zu: over-fitting since epoch %zu: the dev loss rose from %.3g to %.3g while the training loss fell from %.3g to "
        "%.3g, and F1 (%.3f) has not risen. Set epochs (%zu) to %zu, raise weight-decay (%g) to %g, or add sentences to train on",
        s->epoch, m->low_epoch, m->low_dev_loss, dev_loss, m->low_loss, s->loss, f1, d->options->epochs, m->low_epoch,
        d->options->weight_decay, d->options->weight_decay > 0 ? 10 * d->options->weight_decay : 0.01));
done:
    return status;
}

nomen_status nomen_diagnosis_add_scores(nomen_diagnosis *d, const nomen_diagnosis_scores *s, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    NOMEN_TRY(watch_entities(d, s, err));
    if (s->dev != NULL && isfinite(s->dev->loss)) { NOMEN_TRY(watch_dev_loss(d, s, err)); }
done:
    return status;
}
