/* Uploads of many small files, for tests/bench/upload.sh.
 *   serve                    a server that takes any PUT; prints its URL; ends with its standard
 * input put URL DIR CONNECTIONS  every file of DIR as an object, signed, through the client */
#include "../support/fake_env.h"
#include "../support/http_server.h"
#include "aws/client.h"
#include "base/file.h"
#include "base/num.h"
#include "base/path.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct server_reply take(void *self, struct arena *a, const struct server_request *q)
{
    (void)self, (void)a, (void)q;
    return (struct server_reply){ .headers = S("ETag: \"e\"\r\n") };
}

static int serve(void)
{
    struct server *s = server_start(take, NULL);
    char c;
    printf("%.*s\n", STR(server_url(s)));
    fflush(stdout);
    while (read(STDIN_FILENO, &c, 1) > 0)
        continue;
    server_stop(s);
    return 0;
}

static bool begin(struct arena *a, struct aws *aws, struct str dir, struct str name,
                  struct aws_call *c)
{
    struct stat st;
    int fd = open(path_join(a, dir, name).p, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        return false;
    *c = (struct aws_call){ .service = &AWS_S3,
                            .operation = S("PutObject"),
                            .method = S("PUT"),
                            .bucket = S("bucket"),
                            .path = arena_printf(a, "/%.*s", STR(name)),
                            .file = { .is_file = true, .fd = fd, .size = (uint64_t)st.st_size } };
    aws_start(aws, c);
    return true;
}

static int put(const char *url, const char *dir, const char *connections)
{
    struct arena a = { 0 };
    struct diags ds;
    struct fake_env env;
    struct names names = { 0 };
    int64_t n = 0;
    size_t bad = 0;
    diags_init(&ds, &a);
    fake_env_init(&env);
    fake_env_set(&env, "AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    fake_env_set(&env, "AWS_SECRET_ACCESS_KEY", "secret");
    if (!num_get_int(str_from(connections), &n) || n < 1 || n > 256 ||
        !file_list(&a, &ds, (struct span){ 0 }, S(""), str_from(dir), &names))
        return 2;
    struct aws *aws = aws_new(&a, &ds,
                              &(struct aws_settings){ .env = &env.env,
                                                      .region = S("us-east-1"),
                                                      .endpoint_url = str_from(url),
                                                      .http = { .connections = (unsigned)n } });
    struct aws_call *calls = arena_make_n(&a, struct aws_call, names.all.n);
    size_t next = 0;
    while (next < names.all.n && next < 2 * (size_t)n)
        bad += !begin(&a, aws, str_from(dir), names.all.p[next], &calls[next]), next++;
    for (struct aws_call *c; (c = aws_wait(aws));) {
        bad += c->result.outcome != AWS_DONE;
        close(c->file.fd);
        aws_call_done(c);
        if (next < names.all.n)
            bad += !begin(&a, aws, str_from(dir), names.all.p[next], &calls[next]), next++;
    }
    aws_free(aws);
    arena_done(&a);
    if (bad)
        fprintf(stderr, "%zu uploads failed\n", bad);
    return bad > 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "serve") == 0)
        return serve();
    if (argc == 5 && strcmp(argv[1], "put") == 0)
        return put(argv[2], argv[3], argv[4]);
    fprintf(stderr, "usage: aws_upload_bench serve | put URL DIR CONNECTIONS\n");
    return 2;
}
