#include "deploy/progress.h"

enum { BAR = 30 };

void progress_init(struct progress *p, FILE *out, bool terminal, bool colour)
{
    *p = (struct progress){ .out = out, .terminal = terminal, .colour = colour };
    pthread_mutex_init(&p->lock, NULL);
}

static void erase(struct progress *p)
{
    if (p->drawn)
        fputs("\r\033[K", p->out);
    p->drawn = false;
}

static void draw(struct progress *p)
{
    if (!p->terminal || !p->total || p->done >= p->total)
        return;
    size_t full = p->done * BAR / p->total;
    fputs("  [", p->out);
    for (size_t i = 0; i < BAR; i++)
        fputc(i < full ? '#' : '-', p->out);
    fprintf(p->out, "] %zu of %zu", p->done, p->total);
    fflush(p->out);
    p->drawn = true;
}

void progress_done(struct progress *p)
{
    if (p->out) {
        erase(p);
        fflush(p->out);
    }
    pthread_mutex_destroy(&p->lock);
}

void progress_say(struct progress *p, const char *fmt, ...)
{
    va_list args;
    if (!p->out)
        return;
    va_start(args, fmt);
    pthread_mutex_lock(&p->lock);
    erase(p);
    vfprintf(p->out, fmt, args);
    fputc('\n', p->out);
    draw(p);
    fflush(p->out);
    pthread_mutex_unlock(&p->lock);
    va_end(args);
}

void progress_expect(struct progress *p, size_t more)
{
    pthread_mutex_lock(&p->lock);
    p->total += more;
    pthread_mutex_unlock(&p->lock);
}

void progress_advance(struct progress *p)
{
    pthread_mutex_lock(&p->lock);
    if (p->done < p->total)
        p->done++;
    if (p->out && p->terminal) {
        erase(p);
        draw(p);
    }
    pthread_mutex_unlock(&p->lock);
}

const char *progress_paint(const struct progress *p, const char *code)
{
    return p->colour ? code : "";
}
