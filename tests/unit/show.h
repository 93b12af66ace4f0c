/* What every unit test starts with: cmocka wants these headers before its own. */
#ifndef CAA_TESTS_UNIT_SHOW_H
#define CAA_TESTS_UNIT_SHOW_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
