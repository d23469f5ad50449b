/* A guard with another name. */
#ifndef STEP_H
#define STEP_H

struct step {
    int number;
};

#endif
