/* What a deployment says while it is at it: lines as things happen, and on a terminal a bar below
 * them. Several deployments may speak at a time. */
#ifndef DEPLOY_PROGRESS_H
#define DEPLOY_PROGRESS_H

#include "base/buf.h"

#include <pthread.h>
#include <stdio.h>

struct progress {
    FILE *out; /* NULL: nothing is said */
    bool terminal, colour;
    pthread_mutex_t lock;
    size_t done, total;
    bool drawn; /* a bar stands on the last line */
};

void progress_init(struct progress *p, FILE *out, bool terminal, bool colour);
/* Takes the bar away. */
void progress_done(struct progress *p);

/* One line; a line end is added. */
__attribute__((format(printf, 2, 3))) void progress_say(struct progress *p, const char *fmt, ...);
/* More is to be done; so much of it is. */
void progress_expect(struct progress *p, size_t more);
void progress_advance(struct progress *p);

/* Whether colours are wanted: a terminal, and nobody says NO_COLOR. */
const char *progress_paint(const struct progress *p, const char *code);

#define PAINT_GREEN "\033[32m"
#define PAINT_RED "\033[31m"
#define PAINT_YELLOW "\033[33m"
#define PAINT_DIM "\033[2m"
#define PAINT_PLAIN "\033[0m"

#endif
