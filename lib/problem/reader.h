/* A text that is read from front to back, and the words that error texts are made of. */
#ifndef CAA_PROBLEM_READER_H
#define CAA_PROBLEM_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* A text, and how far it was read. */
struct caa_reader {
    struct caa_slice text;
    size_t at;
};

/* What was not read yet. */
struct caa_slice caa_reader_rest(const struct caa_reader *reader);

/* `text` has `start` in front. */
bool caa_slice_starts_with(struct caa_slice text, const char *start);

/* Goes behind `words` where they come next; false, and nothing done, where they do not. */
bool caa_reader_skip(struct caa_reader *reader, const char *words);

/* Goes behind spaces and tabs. */
void caa_reader_skip_blanks(struct caa_reader *reader);

/* Takes octets as long as they belong. */
struct caa_slice caa_reader_take(struct caa_reader *reader, bool (*belongs)(char));

/* Takes a domain name, perhaps in quotes, without the full stop of the sentence; or what
   somebody put into its place before publishing: "<domain>". Empty where there is neither. */
struct caa_slice caa_reader_take_name(struct caa_reader *reader);

/* Takes back: the name that ends right before `end`, an octet of the text. */
struct caa_slice caa_reader_name_before(const struct caa_reader *reader, size_t end);

#endif
