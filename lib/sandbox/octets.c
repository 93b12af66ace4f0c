#include "sandbox/octets.h"

#include <string.h>

const uint8_t *caa_octets_take(struct caa_octets_reader *reader, size_t len) {
    if (reader->failed || len > reader->left) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *taken = reader->at;
    reader->at += len;
    reader->left -= len;
    return taken;
}

uint64_t caa_octets_read(struct caa_octets_reader *reader, size_t octets) {
    const uint8_t *from = caa_octets_take(reader, octets);
    uint64_t number = 0;
    for (size_t i = 0; from != NULL && i < octets; i++) number = number << 8 | from[i];
    return number;
}

bool caa_octets_ended_well(const struct caa_octets_reader *reader) {
    return !reader->failed && reader->left == 0;
}

void caa_octets_put(struct caa_octets_writer *writer, const void *from, size_t len) {
    if (writer->overflow || len > writer->size - writer->len) {
        writer->overflow = true;
        return;
    }
    if (len > 0) memcpy(writer->octets + writer->len, from, len);
    writer->len += len;
}

void caa_octets_write(struct caa_octets_writer *writer, uint64_t number, size_t octets) {
    uint8_t text[8];
    for (size_t i = 0; i < octets; i++) text[octets - 1 - i] = (uint8_t)(number >> (8 * i));
    caa_octets_put(writer, text, octets);
}
