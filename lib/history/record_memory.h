/* Inside history: the memory of records, which one thread makes and another one frees. */
#ifndef CAA_HISTORY_RECORD_MEMORY_H
#define CAA_HISTORY_RECORD_MEMORY_H

#include <stddef.h>

/* Of a place: a check that the cache answered, with its document, fits in. */
enum { CAA_HISTORY_PLACE_OCTETS = 3072 };

/* A place for one record, aligned for any type, from any thread. NULL when out of memory. */
void *caa_history_place_take(void);

/* So many places are free again, from any thread. */
void caa_history_places_free(void *const *places, size_t count);

#endif
