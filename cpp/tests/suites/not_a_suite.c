/* A shared library that exports no suite. */
__attribute__((visibility("default"))) int nothing_to_see(void);
int nothing_to_see(void) { return 0; }
