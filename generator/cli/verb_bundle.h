/* `stepwright bundle DIR --out FILE.zip`: see verb_bundle.c for its options. */
#ifndef CLI_VERB_BUNDLE_H
#define CLI_VERB_BUNDLE_H

/* argv[0] is the verb. Returns the exit status. */
int verb_bundle(int argc, char **argv);

#endif
