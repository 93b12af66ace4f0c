#include "base/hash.h"

uint64_t caa_hash(struct caa_slice octets, uint64_t seed) {
    uint64_t hash = 0xcbf29ce484222325u ^ seed;
    for (size_t i = 0; i < octets.len; i++)
        hash = (hash ^ (unsigned char)octets.ptr[i]) * 0x100000001b3u;
    hash = (hash ^ (hash >> 30) ^ seed) * 0xbf58476d1ce4e5b9u; /* splitmix64 from here on */
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
    return hash ^ (hash >> 31);
}
