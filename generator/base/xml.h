/* Text inside XML: element content and attribute values. Source: XML 1.0, production "Char". */
#ifndef BASE_XML_H
#define BASE_XML_H

#include "base/buf.h"

/* Escapes what has a meaning there; what XML cannot hold becomes U+FFFD. */
void xml_put(struct buf *out, struct str text);

#endif
