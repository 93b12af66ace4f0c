#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acme/orders_state.h"
#include "serve/document.h"

static const char *text_of(const json_t *object, const char *name) {
    return json_string_value(json_object_get(object, name));
}

/* Adds an identifier (RFC 8555 section 9.7.7), a wildcard where `is_wildcard`. */
static bool add_identifier(struct caa_names *names, const json_t *identifier,
                           bool is_wildcard) {
    char text[CAA_NAME_TEXT_MAX + sizeof "*."];
    const char *value = text_of(identifier, "value");
    if (value == NULL) return false;
    int len = snprintf(text, sizeof text, "%s%s", is_wildcard ? "*." : "", value);
    return len > 0 && (size_t)len < sizeof text &&
           caa_names_add(names, caa_slice_of(text), CAA_ORDERS_NAMES_MAX, NULL) == CAA_OK;
}

static bool read_names(struct caa_names *names, const json_t *identifiers) {
    size_t i;
    json_t *identifier;
    bool done = json_array_size(identifiers) > 0;
    json_array_foreach(identifiers, i, identifier) {
        done = done && add_identifier(names, identifier, false);
    }
    return done;
}

/* How many URLs could be copied. */
static size_t copy_urls(char ***copied, const json_t *urls) {
    size_t size = json_array_size(urls), count = 0;
    *copied = size == 0 || size > CAA_ORDERS_NAMES_MAX ? NULL : calloc(size, sizeof **copied);
    for (size_t i = 0; *copied != NULL && i < size; i++) {
        const char *url = json_string_value(json_array_get(urls, i));
        (*copied)[count] = url == NULL ? NULL : strdup(url);
        if ((*copied)[count] != NULL) count++;
    }
    return count;
}

/* An order's names and authorizations never change: it is read once. */
static void learn_order(struct caa_orders *orders, const json_t *object) {
    struct caa_names names = {0};
    if (!read_names(&names, json_object_get(object, "identifiers"))) {
        caa_names_free(&names);
        return;
    }
    struct caa_order *order =
        caa_orders_put(orders, CAA_ORDERS_ORDER, text_of(object, "finalize"));
    if (order == NULL || order->names.count > 0) {
        caa_names_free(&names);
        return;
    }
    caa_names_shrink(&names);
    order->names = names;
    order->authorization_count =
        copy_urls(&order->authorizations, json_object_get(object, "authorizations"));
    caa_orders_settle(orders, order);
}

static bool is_valid(const json_t *challenge) {
    const char *status = text_of(challenge, "status");
    return status != NULL && strcmp(status, "valid") == 0;
}

static void take_method(struct caa_order *authorization, const json_t *challenge) {
    const char *type = text_of(challenge, "type");
    if (!is_valid(challenge) || type == NULL) return;
    authorization->methods_differ |=
        strlen(type) >= sizeof authorization->method ||
        (authorization->has_method && strcmp(authorization->method, type) != 0);
    authorization->has_method = true;
    snprintf(authorization->method, sizeof authorization->method, "%s", type);
}

static void learn_challenge_of(struct caa_orders *orders, const char *authorization,
                               const json_t *challenge) {
    const char *url = text_of(challenge, "url"), *type = text_of(challenge, "type");
    struct caa_order *entry =
        url == NULL ? NULL : caa_orders_put(orders, CAA_ORDERS_CHALLENGE, url);
    if (entry == NULL || entry->authorization != NULL) return;
    entry->authorization = strdup(authorization);
    if (type != NULL && strlen(type) < sizeof entry->method)
        snprintf(entry->method, sizeof entry->method, "%s", type);
    caa_orders_settle(orders, entry);
}

static void learn_authorization(struct caa_orders *orders, const char *url,
                                const json_t *object) {
    const json_t *challenges = json_object_get(object, "challenges");
    size_t i;
    json_t *challenge;
    if (json_array_size(challenges) > CAA_ORDERS_NAMES_MAX) return;
    json_array_foreach(challenges, i, challenge) {
        learn_challenge_of(orders, url, challenge);
    }
    struct caa_order *entry = caa_orders_put(orders, CAA_ORDERS_AUTHORIZATION, url);
    if (entry == NULL) return;
    if (entry->names.count == 0 &&
        !add_identifier(&entry->names, json_object_get(object, "identifier"),
                        json_is_true(json_object_get(object, "wildcard"))))
        return;
    json_array_foreach(challenges, i, challenge) {
        take_method(entry, challenge);
    }
    caa_names_shrink(&entry->names);
    caa_orders_settle(orders, entry);
}

static void learn_challenge(struct caa_orders *orders, const json_t *object) {
    const struct caa_order *challenge =
        caa_orders_get(orders, CAA_ORDERS_CHALLENGE, text_of(object, "url"));
    struct caa_order *authorization =
        challenge == NULL || challenge->authorization == NULL
            ? NULL
            : caa_orders_get(orders, CAA_ORDERS_AUTHORIZATION, challenge->authorization);
    if (authorization != NULL) take_method(authorization, object);
}

void caa_orders_learn(struct caa_orders *orders, const char *url, struct caa_slice body) {
    struct caa_refusal refusal;
    json_t *object = NULL;
    if (caa_document_read(&object, body, &refusal) != CAA_OK) return;
    if (json_is_array(json_object_get(object, "identifiers")) &&
        text_of(object, "finalize") != NULL)
        learn_order(orders, object);
    else if (json_is_array(json_object_get(object, "challenges")))
        learn_authorization(orders, url, object);
    else if (text_of(object, "url") != NULL && text_of(object, "type") != NULL)
        learn_challenge(orders, object);
    json_decref(object);
}
