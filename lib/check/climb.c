#include "check/climb.h"

size_t caa_climb(const struct caa_name *name, struct caa_name *levels) {
    size_t count = 0;
    for (struct caa_name at = *name; !caa_name_is_root(&at); caa_name_parent(&at, &at))
        levels[count++] = at;
    return count;
}
