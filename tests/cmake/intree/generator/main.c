#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    (void)argc;
    execv(REAL_PROGRAM, argv);
    perror(REAL_PROGRAM);
    return 3;
}
