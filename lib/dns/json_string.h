/* Text from the DNS and from strangers as JSON strings. */
#ifndef CAA_DNS_JSON_STRING_H
#define CAA_DNS_JSON_STRING_H

#include <jansson.h>
#include <stdint.h>

#include "base/slice.h"
#include "dns/name.h"

/* Each is a new reference, NULL when out of memory. */

/* What is a control or not valid UTF-8 becomes '?'. */
json_t *caa_json_printable(struct caa_slice s);

/* A record's value: what is not printable ASCII as \DDD, and '\' doubled, as in presentation
   format but without quotes. */
json_t *caa_json_value(struct caa_slice value);

/* Presentation format without the final dot. */
json_t *caa_json_name(const struct caa_name *name);

/* A digest that people may compare: 16 hexadecimal digits. */
json_t *caa_json_digest(uint64_t digest);

/* Sentences that stand one a line, in one line. `lines` is changed. */
json_t *caa_json_prose(char *lines);

#endif
