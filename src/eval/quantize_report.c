/* What quantising gave, for people and for programs; see nomen/quantize.h. */
#include "eval/metrics.h"
#include "eval/quantize.h"

static nomen_status append_text(nomen_buffer *out, const nomen_quantize_options *o, const nomen_quantize_result *r,
                                nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (r->has_gate) {
        const nomen_prf *f = &r->floats.micro, *q = &r->int8.micro;
        NOMEN_TRY(nomen_buffer_printf(out, err, "gate: %zu sentences, %zu entities of %s\n\n", r->int8.n_sentences, q->support,
                                      o->gate));
        NOMEN_TRY(nomen_buffer_printf(out, err, "%-8s %10s %10s %10s %10s\n", "", "precision", "recall", "F1", "accuracy"));
        NOMEN_TRY(nomen_buffer_printf(out, err, "%-8s %10.4f %10.4f %10.4f %10.4f\n", "float32", f->precision, f->recall, f->f1,
                                      r->floats.accuracy));
        NOMEN_TRY(nomen_buffer_printf(out, err, "%-8s %10.4f %10.4f %10.4f %10.4f\n", "int8", q->precision, q->recall, q->f1,
                                      r->int8.accuracy));
        NOMEN_TRY(nomen_buffer_printf(out, err, "%-8s %21s %10.4f of %g allowed\n\n", "drop", "", r->drop, o->max_drop));
    }
    if (r->met) {
        NOMEN_TRY(nomen_buffer_printf(out, err, "%s: %.1f MB of weights, from %.1f MB; dense layers in %d bits\n", o->output,
                                      (double)r->int8_bytes / 1e6, (double)r->float_bytes / 1e6, o->weight_bits));
    }
done:
    return status;
}

static nomen_status append_json(nomen_buffer *out, const nomen_quantize_options *o, const nomen_quantize_result *r,
                                nomen_error *err) {
    nomen_json_out json = nomen_json_start(out, err);
    nomen_json_begin_object(&json, NULL);
    nomen_json_add_bool(&json, "met", r->met);
    nomen_json_add_value(&json, "drop", r->has_gate ? json_real(r->drop) : json_null());
    nomen_json_add_value(&json, "max_drop", r->has_gate ? json_real(o->max_drop) : json_null());
    nomen_json_add_value(&json, "gate", nomen_json_text(o->gate));
    nomen_json_add_value(&json, "output", nomen_json_text(r->met ? o->output : NULL));
    nomen_json_add_size(&json, "weight_bits", (size_t)o->weight_bits);
    nomen_json_add_size(&json, "float32_bytes", r->float_bytes);
    nomen_json_add_size(&json, "int8_bytes", r->int8_bytes);
    if (r->has_gate) {
        nomen_report_json(&json, "float32", &r->floats);
        nomen_report_json(&json, "int8", &r->int8);
    }
    nomen_json_end_object(&json);
    return nomen_json_end_line(&json);
}

nomen_status nomen_quantize_result_to_json(const nomen_quantize_options *options, const nomen_quantize_result *result, char **out,
                                           size_t *n_bytes, nomen_error *err) {
    nomen_quantize_options own;
    nomen_buffer text = {0};
    nomen_status status = nomen_quantize_take(options, &own, err);
    if (status == NOMEN_OK) { status = append_json(&text, &own, result, err); }
    return nomen_buffer_string(status, &text, out, n_bytes, err);
}

nomen_status nomen_quantize_result_to_text(const nomen_quantize_options *options, const nomen_quantize_result *result, char **out,
                                           size_t *n_bytes, nomen_error *err) {
    nomen_quantize_options own;
    nomen_buffer text = {0};
    nomen_status status = nomen_quantize_take(options, &own, err);
    if (status == NOMEN_OK) { status = append_text(&text, &own, result, err); }
    return nomen_buffer_string(status, &text, out, n_bytes, err);
}
