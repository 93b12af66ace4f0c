#include "show.h"

#include "rescue/room.h"

static void a_flood_of_broken_zones_leaves_room_for_registries(void **state) {
    (void)state;
    struct caa_room room = {.taken = CAA_ROOM_OF_SUBSCRIBERS,
                            .of_subscribers = CAA_ROOM_OF_SUBSCRIBERS};
    assert_false(caa_room_is_left(&room, true));
    assert_true(caa_room_is_left(&room, false));
    room.taken = CAA_ROOM_MOST;
    assert_false(caa_room_is_left(&room, false));
}

static void one_domain_leaves_room_for_others(void **state) {
    (void)state;
    struct caa_room room = {.taken = 10, .of_subscribers = 10, .of_domain = CAA_ROOM_OF_DOMAIN};
    assert_false(caa_room_is_left(&room, true));
    room.of_domain = 0;
    assert_true(caa_room_is_left(&room, true));
}

static void one_client_leaves_room_for_others(void **state) {
    (void)state;
    struct caa_room room = {.taken = 20, .of_subscribers = 20, .of_client = CAA_ROOM_OF_CLIENT};
    assert_false(caa_room_is_left(&room, true));
    assert_true(caa_room_is_left(&room, false));
    room.of_client = CAA_ROOM_OF_CLIENT - 1;
    assert_true(caa_room_is_left(&room, true));
}

static void no_share_is_the_whole(void **state) {
    (void)state;
    assert_true(CAA_ROOM_OF_DOMAIN < CAA_ROOM_OF_CLIENT);
    assert_true(CAA_ROOM_OF_CLIENT < CAA_ROOM_OF_SUBSCRIBERS);
    assert_true(CAA_ROOM_OF_SUBSCRIBERS < CAA_ROOM_MOST);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_of_broken_zones_leaves_room_for_registries),
        cmocka_unit_test(one_domain_leaves_room_for_others),
        cmocka_unit_test(one_client_leaves_room_for_others),
        cmocka_unit_test(no_share_is_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
