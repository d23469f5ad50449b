/* Nothing wrong here. */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include <stddef.h>

size_t template_size(void);

#endif
