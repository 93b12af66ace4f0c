#include "rescue/proof.h"

enum { TYPE_DS = 43 };

static void on_answer(void *context, const struct caa_answer *answer) {
    struct caa_proof *proof = context;
    proof->ticket = NULL;
    proof->answer = caa_answer_retain(answer);
    proof->done(proof->context);
}

void caa_proof_want(struct caa_proof *proof, struct caa_lookup *lookup,
                    const struct caa_name *zone, void (*done)(void *context), void *context) {
    if (proof->zone.len != 0 && caa_name_equal(&proof->zone, zone)) return;
    caa_proof_drop(proof);
    proof->lookup = lookup;
    proof->zone = *zone;
    proof->done = done;
    proof->context = context;
    struct caa_question question = {.name = *zone, .type = TYPE_DS};
    if (caa_lookup_start(lookup, &question, on_answer, proof, &proof->ticket) != CAA_OK)
        proof->ticket = NULL;
}

bool caa_proof_holds(const struct caa_proof *proof, const struct caa_name *zone) {
    return proof->answer != NULL && caa_name_equal(&proof->zone, zone) &&
           caa_answer_is_sound(proof->answer) && proof->answer->outcome == CAA_OUTCOME_NODATA &&
           proof->answer->denial_signed;
}

void caa_proof_drop(struct caa_proof *proof) {
    if (proof->ticket != NULL) caa_lookup_cancel(proof->lookup, proof->ticket);
    caa_answer_release(proof->answer);
    proof->ticket = NULL;
    proof->answer = NULL;
}
