#include "template/template.h"
#include "nowhere/else.h"
#include "here.h"

/* strcpy(a, b) in a comment is no call */
int sibling(char *to, const char *from)
{
    strcpy (to, from);
    return my_system(from) + obj.system(from) + atoi(from); // TODO
}
