/* Mentions the entry, exports nothing of the kind. */
const char* mention(void);
const char* mention(void) { return "pyharness_suite_entry"; }
