/* A Runtime API for tests: a thread that plays a script of answers on 127.0.0.1 and keeps what it
 * is asked. After the last answer it closes everything, so lambda_run ends. */
#ifndef CUSTOMCODE_FAKE_API_H
#define CUSTOMCODE_FAKE_API_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum { FAKE_MAX_REQUESTS = 16 };

enum fake_manner {
    FAKE_PLAIN,
    FAKE_DRIBBLE, /* the answer goes out a byte at a time */
    FAKE_CLOSE,   /* the connection is closed behind the answer, without a word */
};

struct fake_answer {
    const char *text; /* the bytes of the answer; NULL ends the script */
    enum fake_manner manner;
};

struct fake_api {
    const struct fake_answer *script;
    int listener;
    pthread_t thread;
    char *requests[FAKE_MAX_REQUESTS]; /* head and body of each */
    size_t request_count;
    size_t connection_count;
};

/* Starts it and sets AWS_LAMBDA_RUNTIME_API. */
void fake_api_start(struct fake_api *api, const struct fake_answer *script);
/* Waits for its end; the requests stay until fake_api_done. */
void fake_api_join(struct fake_api *api);
void fake_api_done(struct fake_api *api);

#endif
