// GoogleTest as a shared library: all of it comes from the archives.
extern "C" int of_the_shared_library() { return 0; }
