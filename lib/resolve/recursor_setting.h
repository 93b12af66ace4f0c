/* Inside resolve: a recursor's own copy of its setting, from which it makes fresh contexts. */
#ifndef CAA_RESOLVE_RECURSOR_SETTING_H
#define CAA_RESOLVE_RECURSOR_SETTING_H

#include "base/arena.h"
#include "resolve/recursor.h"

/* Copies `setting` and all it points to into `arena`. NULL when out of memory. */
struct caa_recursor_setting *caa_recursor_setting_copy(
    struct caa_arena *arena, const struct caa_recursor_setting *setting);

#endif
