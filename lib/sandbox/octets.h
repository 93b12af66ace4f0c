/* Numbers and runs of octets, read and written within bounds. Big-endian. */
#ifndef CAA_SANDBOX_OCTETS_H
#define CAA_SANDBOX_OCTETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct caa_octets_reader {
    const uint8_t *at;
    size_t left;
    bool failed; /* something went over the end: everything read since then is 0 */
};

/* `octets` (at most 8) as a number. */
uint64_t caa_octets_read(struct caa_octets_reader *reader, size_t octets);

/* The next `len` octets, or NULL where there are not as many. */
const uint8_t *caa_octets_take(struct caa_octets_reader *reader, size_t len);

/* Nothing failed, and nothing is left. */
bool caa_octets_ended_well(const struct caa_octets_reader *reader);

struct caa_octets_writer {
    uint8_t *octets;
    size_t size;
    size_t len;
    bool overflow; /* something did not fit: what was written is no use */
};

/* The lowest `octets` (at most 8) octets of `number`. */
void caa_octets_write(struct caa_octets_writer *writer, uint64_t number, size_t octets);

/* `len` octets as they are. */
void caa_octets_put(struct caa_octets_writer *writer, const void *from, size_t len);

#endif
