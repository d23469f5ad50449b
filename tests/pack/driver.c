#include "cli/verb_bundle.h"

int main(int argc, char **argv)
{
    return argc > 1 ? verb_bundle(argc - 1, argv + 1) : 2;
}
