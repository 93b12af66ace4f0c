#include "history/client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "history/history.h"

STAILQ_HEAD(deliveries, caa_history_delivery);

struct caa_history_client {
    struct caa_history *history;
    struct event *wake;
    int fd;
    atomic_size_t holders; /* the owner, and each delivery under way */
    pthread_mutex_t lock;  /* of what follows */
    struct deliveries arrived;
    bool gone; /* freed by its owner */
};

static void release(struct caa_history_client *client, size_t holds) {
    if (atomic_fetch_sub(&client->holders, holds) != holds) return;
    close(client->fd);
    pthread_mutex_destroy(&client->lock);
    free(client);
}

/* Returns how many holds on the client that sets free. */
static size_t hand_back(struct deliveries *arrived, bool wanted) {
    struct caa_history_delivery *delivery;
    size_t holds = 0;
    while ((delivery = STAILQ_FIRST(arrived)) != NULL) {
        STAILQ_REMOVE_HEAD(arrived, delivery_link);
        delivery->deliver(delivery, wanted);
        holds++;
    }
    return holds;
}

static void take_arrived(struct caa_history_client *client, struct deliveries *arrived) {
    STAILQ_INIT(arrived);
    pthread_mutex_lock(&client->lock);
    STAILQ_CONCAT(arrived, &client->arrived);
    pthread_mutex_unlock(&client->lock);
}

static void on_wake(evutil_socket_t fd, short events, void *context) {
    struct caa_history_client *client = context;
    struct deliveries arrived;
    eventfd_t count;
    (void)events;
    eventfd_read(fd, &count); /* fails only where nothing was signalled */
    take_arrived(client, &arrived);
    release(client, hand_back(&arrived, true));
}

enum caa_err caa_history_client_new(struct caa_history_client **client,
                                    struct caa_history *history, struct event_base *base) {
    struct caa_history_client *made = calloc(1, sizeof *made);
    if (made == NULL) return CAA_ERR_NOMEM;
    made->history = history;
    atomic_init(&made->holders, 1);
    STAILQ_INIT(&made->arrived);
    pthread_mutex_init(&made->lock, NULL);
    made->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    made->wake =
        made->fd < 0 ? NULL : event_new(base, made->fd, EV_READ | EV_PERSIST, on_wake, made);
    if (made->wake != NULL && event_add(made->wake, NULL) == 0) {
        *client = made;
        return CAA_OK;
    }
    if (made->wake != NULL) event_free(made->wake);
    if (made->fd >= 0) close(made->fd);
    pthread_mutex_destroy(&made->lock);
    free(made);
    return CAA_ERR_EVENT;
}

void caa_history_client_free(struct caa_history_client *client) {
    struct deliveries arrived;
    if (client == NULL) return;
    event_free(client->wake);
    pthread_mutex_lock(&client->lock);
    client->gone = true;
    pthread_mutex_unlock(&client->lock);
    take_arrived(client, &arrived);
    release(client, 1 + hand_back(&arrived, false));
}

struct caa_history *caa_history_client_history(const struct caa_history_client *client) {
    return client->history;
}

void caa_history_delivery_address(struct caa_history_delivery *delivery,
                                  struct caa_history_client *client) {
    atomic_fetch_add(&client->holders, 1);
    delivery->client = client;
}

void caa_history_delivery_send(struct caa_history_delivery *delivery) {
    struct caa_history_client *client = delivery->client;
    if (client == NULL) {
        delivery->deliver(delivery, false);
        return;
    }
    pthread_mutex_lock(&client->lock);
    bool gone = client->gone;
    bool first = STAILQ_EMPTY(&client->arrived);
    if (!gone) STAILQ_INSERT_TAIL(&client->arrived, delivery, delivery_link);
    if (!gone && first) eventfd_write(client->fd, 1); /* fails only where it is readable */
    pthread_mutex_unlock(&client->lock);
    if (!gone) return;
    delivery->deliver(delivery, false);
    release(client, 1);
}
