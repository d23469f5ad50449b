/* credential_process: a program of the user's that prints credentials. Source: SDKs and Tools
 * Reference Guide, "Process credential provider". No shell: quotes group words, nothing more. */
#include "aws/provider.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MAX = 64 << 10 };

struct words {
    VEC(const char *) all;
};

/* The word at *at, without its quotes; false for an open quote. */
static bool read_word(struct str s, size_t *at, struct buf *word)
{
    char quote = 0;
    for (; *at < s.n && (quote || !ascii_is_space(s.p[*at])); ++*at) {
        char c = s.p[*at];
        if (quote ? c == quote : c == '"' || c == '\'')
            quote = quote ? 0 : c;
        else if (c == '\\' && quote != '\'' && *at + 1 < s.n)
            buf_putc(word, s.p[++*at]);
        else
            buf_putc(word, c);
    }
    return !quote;
}

static bool split_words(struct arena *a, struct str command, struct words *words)
{
    struct buf word;
    bool ok = true;
    buf_init(&word, 0);
    for (size_t at = 0; ok && at < command.n;) {
        if (ascii_is_space(command.p[at])) {
            at++;
            continue;
        }
        word.n = 0;
        ok = read_word(command, &at, &word);
        vec_push(a, &words->all, arena_str(a, buf_str(&word)).p);
    }
    buf_done(&word);
    vec_push(a, &words->all, NULL);
    return ok && words->all.n > 1;
}

static _Noreturn void become(const char *const *argv, int out)
{
    dup2(out, STDOUT_FILENO);
    execvp(argv[0], (char *const *)argv);
    _exit(127);
}

static void listen_to(int fd, struct buf *out)
{
    char *room = buf_room(out, OUTPUT_MAX); /* at once: growing leaves copies behind */
    for (ssize_t n = 1; n && out->n < OUTPUT_MAX;) {
        n = read(fd, room + out->n, OUTPUT_MAX - out->n);
        if (n < 0 && errno != EINTR)
            break;
        out->n += n > 0 ? (size_t)n : 0;
    }
}

/* Exit status, 128 + signal, or -1 and errno. What it says on its standard error is the user's to
 * see. */
static int run(const char *const *argv, struct buf *out)
{
    int pipes[2], status = 0;
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0)
        become(argv, pipes[1]);
    close(pipes[1]);
    if (pid > 0)
        listen_to(pipes[0], out);
    close(pipes[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    if (pid < 0)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

enum provided provide_process(struct chain *c, struct str command, struct credentials *out)
{
    static const struct credential_names NAMES = { .key_id = "AccessKeyId",
                                                   .secret = "SecretAccessKey",
                                                   .token = "SessionToken",
                                                   .expires = "Expiration" };
    struct words words = { 0 };
    struct buf text = { 0 };
    if (!split_words(c->a, command, &words))
        return chain_breaks(c, "credential_process has an open quote, or no program");
    enum provided p = PROVIDED;
    int status = run(words.all.p, &text);
    if (status == 127)
        p = chain_breaks(c, "credential_process: cannot start '%s'", words.all.p[0]);
    else if (status != 0)
        p = chain_breaks(c, "credential_process: '%s' ended with %d", words.all.p[0], status);
    else if (!credentials_from_json(buf_str(&text), &NAMES, out))
        p = chain_breaks(c, "credential_process: '%s' printed no credentials", words.all.p[0]);
    aws_wipe(&text);
    return p;
}
