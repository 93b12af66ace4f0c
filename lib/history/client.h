/* Inside history: what other threads have finished, handed back on the loop that asked. */
#ifndef CAA_HISTORY_CLIENT_H
#define CAA_HISTORY_CLIENT_H

#include <stdbool.h>
#include <sys/queue.h>

struct caa_history_client;

/* The first member of whatever is handed back. `deliver` calls back where `wanted`, and frees
   in any case. */
struct caa_history_delivery {
    STAILQ_ENTRY(caa_history_delivery) delivery_link;
    struct caa_history_client *client; /* with a hold; NULL: nobody wants to know */
    void (*deliver)(struct caa_history_delivery *delivery, bool wanted);
};

/* The delivery will come back to this client, from any thread. */
void caa_history_delivery_address(struct caa_history_delivery *delivery,
                                  struct caa_history_client *client);

/* Sends it back, from any thread; it belongs to the client from now on. Without an address it
   is freed at once. */
void caa_history_delivery_send(struct caa_history_delivery *delivery);

/* The history that the client was made for. */
struct caa_history *caa_history_client_history(const struct caa_history_client *client);

#endif
