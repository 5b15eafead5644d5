#pragma once

inline void times(int number, int (*counted)(int)) {
  for (int call = 0; call < number; ++call) {
    counted(call);
  }
}
