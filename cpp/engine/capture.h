// What cases write to descriptors 1 and 2, exactly, per worker: each worker thread has a descriptor table of its own
// in which both point at that worker's capture file (a memory file, written at its end). Threads and processes that a
// case starts inherit the table. An attempt's output is a range of the file; nothing is copied.
// Thread-safety: each Capture belongs to its worker thread; `owner_of_this_thread` may be called by any thread and in
// signal handlers. Ownership: the capture files are the supervisor's; a host only has them open.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace pyharness {

// Where the capture file stands in a worker's table a third time, so that it is known while a case has redirected 1
// and 2.
inline constexpr int capture_marker = 99;

// Identity of a capture file: which worker a thread belongs to is which file its table has at the marker.
using CaptureId = ino_t;

class Capture {
 public:
  enum class Table : bool { shared, own };  // shared: only where the process has no other worker
  enum class Streams : bool { left_alone, captured };

  // Points the marker, and 1 and 2 if they are to be captured, at `file`, in a table of the calling thread's own.
  // `keeper`: the thread of this process whose table has `file` for good, since no case runs there. False when the
  // kernel refuses.
  bool attach(int file, Table table, Streams streams, pid_t keeper);
  // Bytes captured so far. Between cases: if 1 and 2 are not what `attach` made them any more, because a case has
  // closed or redirected them, makes them so again. Nothing when that cannot be done.
  std::optional<std::uint64_t> settle();
  CaptureId id() const { return id_; }
  // The capture that the calling thread writes to; 0: none. Async-signal-safe.
  static CaptureId owner_of_this_thread();

 private:
  bool point_at(int file) const;
  bool restore() const;
  void settle_stream() const;
  int reopen() const;

  CaptureId id_ = 0;
  int file_ = -1;  // in the table of the keeper
  pid_t keeper_ = 0;
  Streams streams_ = Streams::captured;
};

}  // namespace pyharness
