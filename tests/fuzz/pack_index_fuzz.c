/* The index and the directory of a zip on any bytes: they are refused, or what they list can be
 * walked. The index's checksum is put right, so that what stands behind it is reached. */
#include "fuzz.h"

#include "base/mem.h"
#include "pack/deflate.h"
#include "pack/index.h"
#include "pack/zip_read.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static bool count_member(void *ctx, const struct zip_member *m)
{
    *(size_t *)ctx += m->path.n + 1;
    return true;
}

static void walk_index(struct index *ix)
{
    size_t bytes = 0;
    for (uint64_t i = 0; i < index_count(ix); i++)
        bytes += index_get(ix, i).path.n;
    struct index_subject s = index_subject(ix);
    MUST(bytes + s.codec.n + s.call.n < (size_t)1 << 40);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    uint32_t crc = crc32_add(0, (struct str){ (const char *)data, size });
    size_t members = 0;
    char path[40];
    MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    zip_read(fd, size, count_member, &members);
    MUST(members <= 2 * size);
    MUST(write(fd, &crc, sizeof crc) == sizeof crc);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct index ix;
    index_read(&ix, str_from(path));
    if (ix.memory)
        walk_index(&ix);
    index_done(&ix);
    close(fd);
    return 0;
}
