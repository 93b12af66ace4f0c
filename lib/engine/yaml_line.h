/* Inside engine: where something stands in a file, for complaints. libcyaml keeps no places of
   what it has read, so the text is searched. */
#ifndef CAA_ENGINE_YAML_LINE_H
#define CAA_ENGINE_YAML_LINE_H

#include "base/slice.h"

enum { CAA_YAML_NO_ITEM = -1 };

/* The last line with `key` at the top level; with a `section` the last one in there, or in the
   entry `item` (from 0) of the list that it is; where the key is not found, the line where the
   entry or the section begins. 0: there is none. */
unsigned long caa_yaml_line_of_key(struct caa_slice text, const char *section, int item,
                                   const char *key);

/* The last line that begins with `key`, at any level; 0: there is none. */
unsigned long caa_yaml_line_of_key_anywhere(struct caa_slice text, const char *key);

/* The line of a second document's marker, which no value may have in front (YAML 1.2 section
   9.1.2); 0: there is one document. */
unsigned long caa_yaml_line_of_second_document(struct caa_slice text);

#endif
