// Opens the library that OPENED names, and starts the program that STARTED names.
#include <dlfcn.h>

#include <cstdlib>

#include "times.hpp"

int main() {
  void* const library = dlopen(std::getenv("OPENED"), RTLD_NOW);
  if (library == nullptr) {
    return 1;
  }
  times(7, reinterpret_cast<int (*)(int)>(dlsym(library, "counted_in_opened")));
  return std::system(std::getenv("STARTED"));
}
