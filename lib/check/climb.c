#include "check/climb.h"

size_t caa_climb(const struct caa_name *name, struct caa_name *levels) {
    size_t count = 0;
    struct caa_name at = *name;
    while (caa_name_label_count(&at) > 0) {
        levels[count++] = at;
        caa_name_parent(&at, &at);
    }
    return count;
}
