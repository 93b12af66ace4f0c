#include "show.h"

#include <stdalign.h>
#include <string.h>

#include "base/arena.h"

static void what_comes_from_an_arena_is_zeroed_and_aligned_for_any_type(void **state) {
    (void)state;
    struct caa_arena *arena = caa_arena_new(100000);
    for (size_t size = 1; size < 200; size++) {
        const unsigned char *at = caa_arena_alloc(arena, size);
        assert_non_null(at);
        assert_int_equal((uintptr_t)at % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++) assert_int_equal(at[i], 0);
    }
    caa_arena_free(arena);
}

static void an_arena_never_holds_more_than_its_limit(void **state) {
    (void)state;
    struct caa_arena *arena = caa_arena_new(10000);
    size_t octets = 0;
    while (caa_arena_alloc(arena, 16) != NULL) octets += 16;
    assert_in_range(octets, 8000, 10000);
    assert_null(caa_arena_alloc(arena, 16));
    caa_arena_free(arena);
}

static void one_piece_may_be_larger_than_a_block_but_not_than_the_limit(void **state) {
    (void)state;
    struct caa_arena *arena = caa_arena_new(70000);
    assert_null(caa_arena_alloc(arena, 70000));
    unsigned char *at = caa_arena_alloc(arena, 60000);
    assert_non_null(at);
    memset(at, 1, 60000);
    caa_arena_free(arena);
}

static void an_arena_without_room_gives_nothing(void **state) {
    (void)state;
    struct caa_arena *arena = caa_arena_new(0);
    assert_null(caa_arena_alloc(arena, 1));
    caa_arena_free(arena);
}

static void sizes_that_overflow_are_refused(void **state) {
    (void)state;
    struct caa_arena *arena = caa_arena_new(SIZE_MAX);
    assert_null(caa_arena_alloc(arena, SIZE_MAX));
    assert_null(caa_arena_array(arena, SIZE_MAX / 2, 3));
    assert_null(caa_arena_copy(arena, "", SIZE_MAX));
    caa_arena_free(arena);
}

static void an_array_holds_all_its_elements(void **state) {
    (void)state;
    struct caa_arena *arena = caa_arena_new(100000);
    uint64_t *numbers = caa_arena_array(arena, 1000, sizeof *numbers);
    assert_non_null(numbers);
    for (size_t i = 0; i < 1000; i++) assert_int_equal(numbers[i]++, 0);
    assert_non_null(caa_arena_array(arena, 0, 8));
    assert_non_null(caa_arena_array(arena, 8, 0));
    caa_arena_free(arena);
}

static void a_copy_ends_with_a_nul_and_may_hold_others(void **state) {
    (void)state;
    struct caa_arena *arena = caa_arena_new(10000);
    assert_memory_equal(caa_arena_copy(arena, "a\0b", 3), "a\0b", 4);
    assert_string_equal(caa_arena_copy(arena, NULL, 0), "");
    caa_arena_free(arena);
}

static void an_arena_in_the_callers_memory_uses_it_first_and_again(void **state) {
    (void)state;
    alignas(max_align_t) unsigned char memory[1024];
    memset(memory, 'x', sizeof memory);
    struct caa_arena *arena = caa_arena_new_in(memory, sizeof memory, 10000);
    unsigned char *first = caa_arena_alloc(arena, 500);
    assert_true(first > memory && first + 500 <= memory + sizeof memory);
    for (size_t i = 0; i < 500; i++) assert_int_equal(first[i], 0);
    memset(first, 'x', 500);
    unsigned char *second = caa_arena_alloc(arena, 500);
    assert_false(second >= memory && second < memory + sizeof memory);
    assert_null(caa_arena_alloc(arena, 9000));
    caa_arena_clear(arena);
    assert_ptr_equal(caa_arena_alloc(arena, 500), first);
    for (size_t i = 0; i < 500; i++) assert_int_equal(first[i], 0);
    assert_non_null(caa_arena_alloc(arena, 8000));
    caa_arena_clear(arena);
}

static void earlier_pieces_survive_later_ones(void **state) {
    (void)state;
    struct caa_arena *arena = caa_arena_new(1 << 20);
    char *first = caa_arena_copy(arena, "first", 5);
    for (int i = 0; i < 1000; i++) memset(caa_arena_alloc(arena, 100), 'x', 100);
    assert_string_equal(first, "first");
    caa_arena_free(arena);
}

static void freeing_nothing_is_fine(void **state) {
    (void)state;
    caa_arena_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_from_an_arena_is_zeroed_and_aligned_for_any_type),
        cmocka_unit_test(an_arena_never_holds_more_than_its_limit),
        cmocka_unit_test(one_piece_may_be_larger_than_a_block_but_not_than_the_limit),
        cmocka_unit_test(an_arena_without_room_gives_nothing),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(an_array_holds_all_its_elements),
        cmocka_unit_test(a_copy_ends_with_a_nul_and_may_hold_others),
        cmocka_unit_test(earlier_pieces_survive_later_ones),
        cmocka_unit_test(an_arena_in_the_callers_memory_uses_it_first_and_again),
        cmocka_unit_test(freeing_nothing_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
