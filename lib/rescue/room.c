#include "rescue/room.h"

bool caa_room_is_left(const struct caa_room *room, bool of_subscriber) {
    if (room->taken >= CAA_ROOM_MOST) return false;
    if (!of_subscriber) return true;
    return room->of_subscribers < CAA_ROOM_OF_SUBSCRIBERS &&
           room->of_domain < CAA_ROOM_OF_DOMAIN && room->of_client < CAA_ROOM_OF_CLIENT;
}
