#include "lambda_runtime/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for `n` more bytes and a NUL. */
static bool reserve(struct ltext *t, size_t n)
{
    size_t ceiling = t->ceiling ? t->ceiling : LTEXT_CEILING;

    if (t->failed || n > ceiling || t->n > ceiling - n) {
        t->failed = true;
        return false;
    }
    if (t->n + n < t->room)
        return true;
    size_t room = t->room ? t->room : 256;
    while (room <= t->n + n)
        room *= 2;
    char *p = realloc(t->p, room);
    if (p == NULL) {
        t->failed = true;
        return false;
    }
    t->p = p;
    t->room = room;
    return true;
}

void ltext_add(struct ltext *t, const char *p, size_t n)
{
    if (!reserve(t, n))
        return;
    if (n > 0)
        memcpy(t->p + t->n, p, n);
    t->n += n;
    t->p[t->n] = '\0';
}

void ltext_puts(struct ltext *t, const char *s)
{
    ltext_add(t, s, strlen(s));
}

void ltext_vprintf(struct ltext *t, const char *format, va_list args)
{
    va_list again;

    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    if (n < 0)
        t->failed = true;
    else if (reserve(t, (size_t)n)) {
        vsnprintf(t->p + t->n, (size_t)n + 1, format, again);
        t->n += (size_t)n;
    }
    va_end(again);
}

void ltext_printf(struct ltext *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    ltext_vprintf(t, format, args);
    va_end(args);
}

void ltext_json_string(struct ltext *t, const char *p, size_t n)
{
    size_t plain = 0; /* start of what needs no escape */

    ltext_add(t, "\"", 1);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        ltext_add(t, p + plain, i - plain);
        plain = i + 1;
        if (c == '\n')
            ltext_puts(t, "\\n");
        else if (c < 0x20)
            ltext_printf(t, "\\u%04x", c);
        else
            ltext_add(t, (char[]){ '\\', (char)c }, 2);
    }
    ltext_add(t, p + plain, n - plain);
    ltext_add(t, "\"", 1);
}

void ltext_clear(struct ltext *t)
{
    t->n = 0;
    t->failed = false;
    if (t->p != NULL)
        t->p[0] = '\0';
}

void ltext_done(struct ltext *t)
{
    free(t->p);
    *t = (struct ltext){ .ceiling = t->ceiling };
}
