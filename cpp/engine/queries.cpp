#include "engine/queries.h"

#include <csignal>
#include <memory>

#include "engine/stop_sequence.h"
#include "os/clock.h"
#include "os/poll.h"

namespace pyharness {

namespace {

constexpr std::uint32_t ask_ms = 100;  // between two questions whether to go on

struct Asked {
  std::size_t number = 0;
  std::unique_ptr<Launch> launch;
  std::uint64_t deadline_ns = UINT64_MAX;
  StopSequence way_out = {};
};

void take(Launch& launch, Answer& answer) {
  for (bool all = false; !all;) {
    const Launch::News news = launch.take_news();
    answer.output += news.output;
    answer.report += news.report;
    all = news.all || answer.kind == Answer::Kind::flooded;
  }
}

// Whether it has come to its end.
bool attend(Asked& asked, Answer& answer, const std::vector<StopStep>& stop_steps) {
  if (const auto status = asked.launch->process().wait(0)) {
    answer.kind = answer.kind == Answer::Kind::cancelled ? Answer::Kind::ended : answer.kind;
    answer.status = *status;
    take(*asked.launch, answer);
    return true;
  }
  if (asked.launch->unread_bytes() > most_answer_bytes) {  // it would fill the memory until its time is over
    answer.kind = Answer::Kind::flooded;
    asked.launch->process().signal_group(SIGKILL);
    return false;
  }
  if (os::monotonic_ns() >= asked.deadline_ns) {
    answer.kind = Answer::Kind::late;
    asked.way_out.advance(asked.launch->process(), stop_steps);
  }
  return false;
}

void wait_for_any(const std::vector<Asked>& all) {
  std::vector<int> descriptors;
  descriptors.reserve(all.size());
  for (const Asked& asked : all) {
    descriptors.push_back(asked.launch->process().descriptor());
  }
  os::wait_readable(descriptors, ask_ms);
}

}  // namespace

std::vector<Answer> ask_all(const std::vector<Query>& queries, std::uint32_t most, std::uint32_t limit_ms,
                            const std::vector<StopStep>& stop_steps, const std::function<bool()>& go_on) {
  std::vector<Answer> answers(queries.size());
  std::vector<Asked> running;
  std::size_t next = 0;
  while ((next < queries.size() || !running.empty()) && go_on()) {
    while (next < queries.size() && running.size() < most) {
      const std::size_t number = next++;
      try {
        auto launch = std::make_unique<Launch>(queries[number].command, queries[number].wants_address);
        const std::uint64_t deadline =
            limit_ms == UINT32_MAX ? UINT64_MAX : os::monotonic_ns() + std::uint64_t{limit_ms} * 1'000'000U;
        running.push_back({number, std::move(launch), deadline});
      } catch (const std::exception& error) {
        answers[number] = {Answer::Kind::not_started, {}, error.what(), {}, {}};
      }
    }
    if (running.empty()) {
      continue;
    }
    wait_for_any(running);
    std::erase_if(running, [&](Asked& asked) { return attend(asked, answers[asked.number], stop_steps); });
  }
  return answers;
}

}  // namespace pyharness
