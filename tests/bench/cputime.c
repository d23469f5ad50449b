/* cputime [-n RUNS] [-o FILE] COMMAND ARGUMENT…
 * Runs the command RUNS times (1) and prints the CPU milliseconds (user + system, children that it
 * waited for included) of the cheapest run and the largest resident set in KiB. What the command
 * prints goes to FILE, or nowhere. Exits with 1 where a run fails. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static double milliseconds(struct timeval t)
{
    return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static _Noreturn void become(char **argv, const char *out)
{
    int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0)
        execvp(argv[0], argv);
    fprintf(stderr, "cputime: %s: %s\n", fd < 0 ? out : argv[0], strerror(errno));
    _exit(127);
}

static int usage(void)
{
    fputs("usage: cputime [-n RUNS] [-o FILE] COMMAND ARGUMENT...\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    const char *out = "/dev/null";
    unsigned long runs = 1;
    for (int c; (c = getopt(argc, argv, "+n:o:")) != -1;) {
        if (c == 'n')
            runs = strtoul(optarg, NULL, 10);
        else if (c == 'o')
            out = optarg;
        else
            return usage();
    }
    if (optind == argc || runs == 0)
        return usage();

    double best = 0;
    long resident = 0;
    for (unsigned long i = 0; i < runs; i++) {
        struct rusage used;
        int status;
        pid_t pid = fork();
        if (pid == 0)
            become(argv + optind, out);
        if (pid < 0 || wait4(pid, &status, 0, &used) != pid || status != 0) {
            fprintf(stderr, "cputime: '%s' failed\n", argv[optind]);
            return 1;
        }
        double spent = milliseconds(used.ru_utime) + milliseconds(used.ru_stime);
        if (i == 0 || spent < best)
            best = spent;
        if (used.ru_maxrss > resident)
            resident = used.ru_maxrss;
    }
    printf("%.1f %ld\n", best, resident);
    return 0;
}
