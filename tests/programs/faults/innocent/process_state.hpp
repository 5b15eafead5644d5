// Whether this process is as no culprit has touched it: each of them changes one of these.
#pragma once

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cfenv>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <pyharness/test.hpp>
#include <string>

inline std::string working_directory() {
  char path[4096] = "";
  return ::getcwd(path, sizeof path) != nullptr ? path : "";
}

inline mode_t file_mode_mask() {
  const mode_t mask = ::umask(022);
  ::umask(mask);
  return mask;
}

inline rlim_t open_files_limit() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  return files.rlim_cur;
}

inline bool is_ignored(int number) {
  struct sigaction action{};
  ::sigaction(number, nullptr, &action);
  return action.sa_handler == SIG_IGN;
}

inline bool is_blocked(int number) {
  sigset_t mask;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  return sigismember(&mask, number) == 1;
}

inline void check_process_state() {
  CHECK(working_directory() != "/");
  CHECK(file_mode_mask() != 0777);
  CHECK(open_files_limit() > 20);
  CHECK_FALSE(is_ignored(SIGTERM));
  CHECK_FALSE(is_blocked(SIGFPE));
  CHECK(std::getenv("FAULT") == nullptr);
  CHECK(std::getenv("PATH") != nullptr);
  CHECK(std::string(std::setlocale(LC_ALL, nullptr)) == "C");
  CHECK(std::fegetround() == FE_TONEAREST);
}
