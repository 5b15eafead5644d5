// A port of this machine's loopback interface that waits for one connection and takes what that sends: for programs
// that report over TCP only. Further connections are held open and not read (who opens one must neither wait nor die of
// a closed socket), until their other end closes. Thread-safety: one thread at a time. Never blocks. Owns the port and
// the connection.
#pragma once

#include <string>
#include <vector>

#include "os/file_descriptor.h"

namespace pyharness::os {

class LoopbackListener {
 public:
  LoopbackListener();  // throws std::system_error

  // "127.0.0.1:PORT".
  const std::string& address() const { return address_; }
  // Appends what has arrived since the last call.
  void read_into(std::string& bytes);

 private:
  void accept_all();

  FileDescriptor listener_;
  FileDescriptor connection_;
  std::vector<FileDescriptor> others_;
  std::string address_;
};

}  // namespace pyharness::os
