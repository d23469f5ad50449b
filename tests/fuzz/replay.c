/* Runs a fuzz target without libFuzzer: over every file named (of folders, the files in them), then
 * over what becomes of each when it is cut short or a few bytes are changed. The changes are the
 * same in every run. */
#include "fuzz.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

enum { CHANGED = 400, PREFIXES = 2048, PATH_BYTES = 4096 };

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* On a block of its own size, so that a sanitizer sees one byte too many being read. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    MUST(copy);
    if (size)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static size_t change(uint8_t *data, size_t size, uint64_t *state)
{
    static const char LIKELY[] = "{}[]()\"'\\,:;%#-+&*!|>$.@<=/ \t\r\n\0\x7F\x80\xC3\xED\xFF"
                                 "0129aeuE";
    size_t at = (size_t)next_random(state) % size, to = (size_t)next_random(state) % size;
    size_t n = (size_t)next_random(state) % (size - (at > to ? at : to));
    switch (next_random(state) % 4) {
    case 0:
        data[at] = (uint8_t)next_random(state);
        return size;
    case 1:
        data[at] = (uint8_t)LIKELY[next_random(state) % (sizeof LIKELY - 1)];
        return size;
    case 2: /* a piece again in another place */
        memmove(data + to, data + at, n);
        return size;
    default: /* a piece left out */
        memmove(data + at, data + at + n, size - at - n);
        return size - n;
    }
}

static void run_changed(const uint8_t *seed, size_t size)
{
    uint64_t state = size;
    uint8_t *data = malloc(size);
    MUST(data);
    for (int i = 0; i < CHANGED; i++) {
        size_t n = size;
        memcpy(data, seed, size);
        for (uint64_t k = next_random(&state) % 4 + 1; k && n; k--)
            n = change(data, n, &state);
        run(data, n);
    }
    free(data);
}

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t size = 0, cap = 0;
    while (f && !feof(f) && !ferror(f)) {
        if (size == cap) {
            cap = cap ? cap * 2 : 4096;
            data = realloc(data, cap);
            MUST(data);
        }
        size += fread(data + size, 1, cap - size, f);
    }
    if (!f || ferror(f)) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(3);
    }
    fclose(f);
    run(data, size);
    for (size_t n = 0; n < size && n < PREFIXES; n++)
        run(data, n);
    if (size)
        run_changed(data, size);
    free(data);
    return 1;
}

static int replay(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return replay_file(path);
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, alphasort), files = 0;
    for (int i = 0; i < n; i++) {
        char file[PATH_BYTES];
        int len = snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        MUST(len > 0 && len < PATH_BYTES);
        if (stat(file, &st) == 0 && S_ISREG(st.st_mode))
            files += replay_file(file);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    return files;
}

int main(int argc, char **argv)
{
    int files = 0;
    for (int i = 1; i < argc; i++)
        files += replay(argv[i]);
    printf("%d seeds\n", files);
    return files ? 0 : 2;
}
