/* A growing text: where a handler writes its result and the client keeps what it reads.
 * Always NUL-terminated once something was added. A text that would pass its ceiling, or for which
 * there is no memory, is marked `failed` and takes nothing more; look once, at the end. */
#ifndef LAMBDA_RUNTIME_TEXT_H
#define LAMBDA_RUNTIME_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct ltext {
    char *p;
    size_t n;
    size_t room;
    size_t ceiling; /* most bytes it may hold; 0: LTEXT_CEILING */
    bool failed;
};

/* Twice what Lambda lets an event or a result be. */
enum { LTEXT_CEILING = 12 * 1024 * 1024 };

void ltext_add(struct ltext *t, const char *p, size_t n);
void ltext_puts(struct ltext *t, const char *s);
void ltext_printf(struct ltext *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ltext_vprintf(struct ltext *t, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* The bytes as a JSON string, quotes included. They are taken to be UTF-8. */
void ltext_json_string(struct ltext *t, const char *p, size_t n);

/* Empties the text and keeps its memory for the next use; clears `failed`. */
void ltext_clear(struct ltext *t);
void ltext_done(struct ltext *t);

#endif
