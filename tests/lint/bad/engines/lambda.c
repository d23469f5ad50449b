#include "generated.inc"
#include "plan/step.h"
#include "emit/zip.h"
