#include "lambda_runtime/runtime.h"

#include <stdio.h>
#include <stdlib.h>

/* Counts the lines of words.txt, once, before the first event. */
static bool handler(struct lambda_call *call, void *state)
{
    ltext_printf(&call->result, "%d", *(const int *)state);
    return true;
}

int main(void)
{
    const char *root = getenv("LAMBDA_TASK_ROOT");
    char path[512];
    int lines = 0;

    snprintf(path, sizeof path, "%s/words.txt", root != NULL ? root : ".");
    FILE *words = fopen(path, "r");
    if (words == NULL)
        return lambda_init_error("NoWords", "cannot open %s", path);
    for (int c; (c = getc(words)) != EOF;)
        lines += c == '\n';
    fclose(words);
    return lambda_run(handler, &lines);
}
