#include "pack/command.h"

#include "base/mem.h"
#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    OUTPUT_MAX = 1 << 20, /* what is kept of a program's words */
    SHOWN_LINES = 20,
    LOOK_MS = 50,       /* between looks whether a silent program is still there */
    LAST_CHUNKS = 64,   /* read after its end: more than a pipe holds */
    CANNOT_ENTER = 125, /* our own exit codes, before the program is another's */
    CANNOT_START = 127,
};

extern char **environ;

void command_add(struct arena *a, struct command *c, struct str arg)
{
    vec_push(a, &c->argv, arena_str(a, arg).p);
}

void command_set(struct arena *a, struct command *c, const char *name, struct str value)
{
    vec_push(a, &c->env, arena_printf(a, "%s=%.*s", name, STR(value)).p);
}

bool command_exists(const char *name)
{
    struct arena scratch = { 0 };
    struct str path = str_from(getenv("PATH")), dir;
    bool found = false;
    while (!found && str_split(&path, ':', &dir))
        found = access(path_join(&scratch, dir, str_from(name)).p, X_OK) == 0;
    arena_done(&scratch);
    return found;
}

/* ---- in the child ---- */

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (write(fd, text, strlen(text)) < 0)
        errno = 0; /* the mounts that follow will fail */
    close(fd);
}

static bool bind_onto(const char *from, const char *to)
{
    return mount(from, to, NULL, MS_BIND | MS_REC, NULL) == 0;
}

/* Every entry of the real root, in the new one: folders are bound, links made again. */
static bool bind_root(struct arena *a, const char *root)
{
    DIR *d = opendir("/");
    bool ok = d != NULL;
    for (struct dirent *e; ok && (e = readdir(d));) {
        struct str name = str_from(e->d_name);
        char to[4096];
        struct stat st;
        if (str_eq(name, S(".")) || str_eq(name, S("..")) || str_eq(name, S("tmp")))
            continue;
        struct str from = path_join(a, S("/"), name), into = path_join(a, str_from(root), name);
        if (lstat(from.p, &st) != 0)
            continue;
        if (S_ISLNK(st.st_mode)) {
            ssize_t n = readlink(from.p, to, sizeof to - 1);
            to[n > 0 ? n : 0] = '\0';
            ok = symlink(to, into.p) == 0;
        } else if (S_ISDIR(st.st_mode)) {
            ok = mkdir(into.p, 0755) == 0 && bind_onto(from.p, into.p);
        }
    }
    if (d)
        closedir(d);
    return ok;
}

/* A root of our own: the real one, and two folders more. */
static bool enter_namespace(struct arena *a, const struct command *c)
{
    uid_t uid = getuid();
    gid_t gid = getgid();
    const char *root = "/tmp"; /* hidden below the new one while that is put together */
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return false;
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", arena_printf(a, "%u %u 1", uid, uid).p);
    write_file("/proc/self/gid_map", arena_printf(a, "%u %u 1", gid, gid).p);
    int in = open(c->input, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int out = open(c->output, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int tmp = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (in < 0 || out < 0 || tmp < 0 || mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) != 0 ||
        mount("tmpfs", root, "tmpfs", 0, "mode=755") != 0)
        return false;
    const struct {
        int fd;
        const char *to;
    } binds[] = { { in, "/asset-input" }, { out, "/asset-output" }, { tmp, "/tmp" } };
    if (!bind_root(a, root))
        return false;
    for (size_t i = 0; i < sizeof binds / sizeof *binds; i++) {
        struct str from = arena_printf(a, "/proc/self/fd/%d", binds[i].fd);
        struct str to = arena_printf(a, "%s%s", root, binds[i].to);
        if ((mkdir(to.p, 0755) != 0 && errno != EEXIST) || !bind_onto(from.p, to.p))
            return false;
    }
    return chroot(root) == 0 && chdir("/asset-input") == 0;
}

static _Noreturn void become(struct arena *a, const struct command *c, bool inside, int out,
                             pid_t parent)
{
    int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    if (inside ? !enter_namespace(a, c) : c->dir.n && chdir(arena_str(a, c->dir).p) != 0)
        _exit(CANNOT_ENTER);
    for (size_t i = 0; i < c->env.n; i++)
        putenv((char *)c->env.p[i]);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(CANNOT_START); /* after the name space, which would forget it */
    execvp(c->argv.p[0], (char *const *)c->argv.p);
    dprintf(STDERR_FILENO, "cannot start '%s': %s\n", c->argv.p[0], strerror(errno));
    _exit(CANNOT_START);
}

/* ---- in the parent ---- */

static void keep(struct buf *words, struct str more)
{
    if (words->n + more.n > OUTPUT_MAX) {
        memmove(words->p, words->p + words->n / 2, words->n - words->n / 2);
        words->n -= words->n / 2;
    }
    buf_put(words, more);
}

/* The last OUTPUT_MAX bytes at most of what comes out of fd until nobody holds its other end, or
 * the child is gone: what it leaves in the background may hold it for ever. */
static void listen_to(int fd, pid_t pid, struct buf *words)
{
    char chunk[4096];
    unsigned last = LAST_CHUNKS;
    bool gone = false;
    while (last > 0) {
        siginfo_t ended = { .si_pid = 0 };
        struct pollfd p = { .fd = fd, .events = POLLIN };
        gone = gone || (waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
                        ended.si_pid == pid);
        int ready = poll(&p, 1, gone ? 0 : LOOK_MS);
        ssize_t got = ready > 0 ? read(fd, chunk, sizeof chunk) : -1;
        if (got > 0)
            keep(words, (struct str){ chunk, (size_t)got });
        if (got == 0 || (gone && ready == 0) || (ready > 0 && got < 0 && errno != EINTR))
            return;
        last -= gone;
    }
}

/* Exit status, 128 + signal, or -1 and errno. */
static int run(struct arena *a, struct command *c, bool inside, struct buf *words)
{
    int pipes[2], status = 0;
    vec_push(a, &c->argv, NULL);
    c->argv.n--;
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return -1;
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        become(a, c, inside, c->live ? STDERR_FILENO : pipes[1], parent);
    close(pipes[1]);
    if (pid > 0)
        listen_to(pipes[0], pid, words);
    close(pipes[0]);
    if (pid < 0)
        return -1;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int command_status(struct arena *a, struct command *c, struct buf *words)
{
    return run(a, c, false, words);
}

static struct str last_lines(struct str words)
{
    size_t at = words.n, lines = 0;
    while (at > 0 && (words.p[at - 1] != '\n' || at == words.n || ++lines < SHOWN_LINES))
        at--;
    return str_trim(str_sub(words, at, words.n));
}

static bool report(struct diags *ds, struct str what, int status, struct str words)
{
    if (status == 0)
        return true;
    struct diag *d = status < 0
                         ? diag_world(ds, "command-failed", (struct span){ 0 }, "cannot %.*s: %s",
                                      STR(what), strerror(errno))
                         : diag_error(ds, "command-failed", (struct span){ 0 },
                                      "cannot %.*s: the command ended with %d", STR(what), status);
    struct str rest = last_lines(words), line;
    while (str_split(&rest, '\n', &line))
        diag_help(d, "%.*s", STR(line));
    return false;
}

bool command_run(struct arena *a, struct diags *ds, struct command *c, struct str what)
{
    struct buf words;
    buf_init(&words, 0);
    int status = run(a, c, false, &words);
    bool ok = report(ds, what, status, buf_str(&words));
    buf_done(&words);
    return ok;
}

static struct str replace(struct arena *a, struct str text, struct str what, struct str by)
{
    struct buf out;
    buf_init(&out, 0);
    for (size_t at = 0, next; at <= text.n; at = next + what.n) {
        next = str_find(text, what, at);
        buf_put(&out, str_sub(text, at, next == SIZE_MAX ? text.n : next));
        if (next == SIZE_MAX)
            break;
        buf_put(&out, by);
    }
    struct str result = arena_str(a, buf_str(&out));
    buf_done(&out);
    return result;
}

static void set_script(struct arena *a, struct command *c, struct str script, const char *in,
                       const char *out)
{
    c->argv.n = c->env.n = 0;
    command_add(a, c, command_exists("bash") ? S("bash") : S("sh"));
    command_add(a, c, S("-c"));
    command_add(a, c, script);
    command_set(a, c, "ASSET_INPUT", str_from(in));
    command_set(a, c, "ASSET_OUTPUT", str_from(out));
}

bool command_shell(struct arena *a, struct diags *ds, struct command *c, struct str script,
                   struct str what)
{
    struct buf words;
    buf_init(&words, 0);
    set_script(a, c, script, "/asset-input", "/asset-output");
    int status = run(a, c, true, &words);
    if (status == CANNOT_ENTER) {
        words.n = 0;
        script = replace(a, script, S("/asset-input"), str_from(c->input));
        script = replace(a, script, S("/asset-output"), str_from(c->output));
        set_script(a, c, script, c->input, c->output);
        c->dir = str_from(c->input);
        status = run(a, c, false, &words);
    }
    bool ok = report(ds, what, status, buf_str(&words));
    buf_done(&words);
    return ok;
}
