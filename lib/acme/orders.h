/* What passed by of orders and authorizations (RFC 8555 section 7.1.3 and 7.1.4): whose names
   an order is for, and by which method each was validated. A table that never grows beyond its
   limit: the oldest is forgotten, and what is not known any more is unknown. */
#ifndef CAA_ACME_ORDERS_H
#define CAA_ACME_ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "acme/names.h"
#include "base/err.h"
#include "base/slice.h"

enum { CAA_ORDERS_NAMES_MAX = 1000 }; /* of an order; one with more is not remembered */

struct caa_orders;
struct caa_order;

/* Makes a table of at most `most` entries (an order, an authorization and a challenge are one
   each) and of `octets_most` octets. `seed` is secret and random. CAA_ERR_NOMEM. */
enum caa_err caa_orders_new(struct caa_orders **orders, size_t most, size_t octets_most,
                            uint64_t seed);

/* Octets that the entries take up. */
size_t caa_orders_octets(const struct caa_orders *orders);

/* Takes note of what the server answered (`body`, of an answer that was a success) at `url`, as
   clients call it. What is no order, authorization or challenge is passed over, and so is what
   does not fit: it only stays unknown. */
void caa_orders_learn(struct caa_orders *orders, const char *url, struct caa_slice body);

/* The order that is finalized at `url`; NULL: not known. Until the next caa_orders_learn. */
const struct caa_order *caa_orders_find(struct caa_orders *orders, const char *url);

/* What the order is for. */
const struct caa_names *caa_order_names(const struct caa_order *order);

/* The type of the one challenge that was seen to be valid for a name of the order ("http-01");
   NULL: none was, or more than one, or it is not known any more. Likewise. */
const char *caa_orders_method(struct caa_orders *orders, const struct caa_order *order,
                              const char *name);

/* The one name that the challenge at `url` is about, and its type ("http-01"; NULL where it is
   not known); NULL: the challenge, or whose it is, is not known (any more). Likewise. */
const struct caa_names *caa_orders_challenge(struct caa_orders *orders, const char *url,
                                             const char **type);

/* NULL is fine. */
void caa_orders_free(struct caa_orders *orders);

#endif
