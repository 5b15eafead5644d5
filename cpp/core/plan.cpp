#include "core/plan.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <tuple>

namespace pyharness {

namespace {

// Free tasks per worker and lane that are handed out while tasks with constraints are left: enough to keep workers
// busy, few enough that a place in a group is soon filled again.
constexpr std::size_t free_tasks_per_worker = 16;

std::size_t difference(std::size_t from, std::size_t what) { return from > what ? from - what : 0; }

}  // namespace

Plan::Kind Plan::Constraints::kind() const {
  if (serial) {
    return Kind::serial;
  }
  if (threads > 1) {
    return Kind::heavy;
  }
  return group_limit == UINT32_MAX ? Kind::free : Kind::grouped;
}

bool Plan::Constraints::operator<(const Constraints& other) const {
  return std::tie(serial, other.threads, group_limit, group) <
         std::tie(other.serial, threads, other.group_limit, other.group);
}

TaskIndex Plan::Ready::pop() {
  std::deque<TaskIndex>& queue = again.empty() ? fresh : again;
  const TaskIndex task = queue.front();
  queue.pop_front();
  return task;
}

bool Plan::Line::has_ready() const {
  return std::any_of(ready.begin(), ready.end(), [](const Ready& tasks) { return !tasks.empty(); });
}

Plan::Plan(std::vector<TaskRules> rules, const std::vector<std::uint32_t>& rules_of, Limits limits)
    : limits_(std::move(limits)), rules_(std::move(rules)), out_of_group_(limits_.group_limits.size() + 1, 0) {
  limits_.workers = std::max(limits_.workers, 1U);
  make_lines();
  tasks_.reserve(rules_of.size());
  for (const std::uint32_t index : rules_of) {
    tasks_.push_back({index, static_cast<std::uint8_t>(rules_.at(index).lane)});
    const auto task = static_cast<TaskIndex>(tasks_.size() - 1);
    line_of(task).ready[tasks_[task].lane].fresh.push_back(task);
    for (Count* count : counts_of(task)) {
      ++count->left;
    }
  }
}

void Plan::make_lines() {
  std::vector<Constraints> distinct;
  for (const TaskRules& rules : rules_) {
    static_cast<void>(lanes_.at(rules.lane));  // throws when there is no such lane
    distinct.push_back(constraints_of(rules));
  }
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  for (const TaskRules& rules : rules_) {
    const auto line = std::lower_bound(distinct.begin(), distinct.end(), constraints_of(rules));
    line_of_rules_.push_back(static_cast<std::uint32_t>(line - distinct.begin()));
  }
  for (const Constraints& constraints : distinct) {
    lines_.push_back({constraints});
  }
}

Plan::Constraints Plan::constraints_of(const TaskRules& rules) const {
  if (rules.serial) {
    return {.serial = true};
  }
  const std::uint32_t threads = std::max(rules.threads, 1U);
  const std::uint32_t limit = rules.group == no_group ? 0 : limits_.group_limits.at(rules.group);
  return limit == 0 ? Constraints{.threads = threads}
                    : Constraints{.threads = threads, .group_limit = limit, .group = rules.group + 1};
}

std::array<Plan::Count*, 3> Plan::counts_of(TaskIndex task) {
  return {&all_, &lanes_[tasks_[task].lane], &count_of(line_of(task).constraints.kind())};
}

std::vector<TaskIndex> Plan::take(std::uint32_t lane, std::size_t most, std::uint64_t now_ns) {
  wake(now_ns);
  std::vector<TaskIndex> taken;
  if (cancelled_) {
    return taken;
  }
  for (Line& line : lines_) {
    Ready& ready = line.ready.at(lane);
    if (taken.size() == most || ready.empty()) {
      continue;
    }
    std::size_t count = std::min({most - taken.size(), ready.size(), startable(line.constraints, lane)});
    for (; count > 0; --count) {
      taken.push_back(ready.pop());
      hand_out(taken.back());
    }
  }
  return taken;
}

// How many tasks under these constraints may start now.
std::size_t Plan::startable(const Constraints& constraints, std::uint32_t lane) const {
  if (constraints.serial) {
    return all_.out == 0 && all_.left == count_of(Kind::serial).left ? 1 : 0;
  }
  const std::size_t in_group = free_places_in_group(constraints);
  const Line* heavier = heavier_line_that_waits(constraints);
  if (constraints.threads > 1 || heavier != nullptr || count_of(Kind::heavy).out > 0) {
    std::size_t places = difference(limits_.workers, places_taken_);
    if (heavier != nullptr) {
      const std::size_t left_free = limits_.workers - weight_of(heavier->constraints);
      places = std::min(places, difference(left_free, places_of_lighter(heavier->constraints)));
    }
    return std::min(in_group, places / weight_of(constraints));
  }
  if (count_of(Kind::heavy).left + count_of(Kind::grouped).left > 0) {
    return std::min(in_group, difference(free_tasks_per_worker * limits_.workers, lanes_[lane].out));
  }
  return in_group;
}

// The heaviest tasks, of any lane, that wait for nothing but places. Lighter ones leave as many free as they need; as
// heavy ones make way by themselves when they end.
const Plan::Line* Plan::heavier_line_that_waits(const Constraints& constraints) const {
  for (const Line& line : lines_) {
    if (line.constraints.threads <= constraints.threads) {
      break;
    }
    if (line.has_ready() && free_places_in_group(line.constraints) > 0) {
      return &line;
    }
  }
  return nullptr;
}

std::size_t Plan::places_of_lighter(const Constraints& constraints) const {
  std::size_t places = places_taken_;
  for (const Line& line : lines_) {
    if (line.constraints.threads < constraints.threads) {
      break;
    }
    places -= line.out * weight_of(line.constraints);
  }
  return places;
}

void Plan::hand_out(TaskIndex task) {
  Line& line = line_of(task);
  tasks_[task].state = State::handed_out;
  for (Count* count : counts_of(task)) {
    ++count->out;
  }
  ++line.out;
  ++out_of_group_[line.constraints.group];
  places_taken_ += weight_of(line.constraints);
}

void Plan::take_back(TaskIndex task, const char* what) {
  if (tasks_.at(task).state != State::handed_out) {
    throw std::logic_error("plan: task " + std::to_string(task) + " " + what + " without having been handed out");
  }
  Line& line = line_of(task);
  for (Count* count : counts_of(task)) {
    --count->out;
  }
  --line.out;
  --out_of_group_[line.constraints.group];
  places_taken_ -= weight_of(line.constraints);
}

Plan::Ending Plan::finish(TaskIndex task, Outcome outcome, Retry retry, std::uint64_t now_ns) {
  take_back(task, "finished");
  if (is_failure(outcome) && retry == Retry::allowed && !is_last_attempt(task)) {
    await_retry(task, now_ns);
    return Ending::retry;
  }
  end_with(task, outcome);
  return Ending::final;
}

void Plan::give_back(TaskIndex task) {
  take_back(task, "given back");
  make_ready(task);
}

void Plan::give_back(TaskIndex task, std::uint32_t lane) {
  Count& to = lanes_.at(lane);
  take_back(task, "given back");
  --lanes_[tasks_[task].lane].left;
  ++to.left;
  tasks_[task].lane = static_cast<std::uint8_t>(lane);
  make_ready(task);
}

void Plan::abandon(TaskIndex task) {
  if (tasks_.at(task).state == State::handed_out) {
    take_back(task, "abandoned");
    end(task, State::not_run);
  }
}

std::vector<TaskIndex> Plan::drop(const std::function<bool(TaskIndex)>& predicate) {
  std::vector<TaskIndex> dropped;
  for (TaskIndex task = 0; task < tasks_.size(); ++task) {
    const State state = tasks_[task].state;
    if ((state == State::ready || state == State::waiting) && predicate(task)) {
      end_with(task, Outcome::error);
      dropped.push_back(task);
    }
  }
  const auto has_ended = [&](TaskIndex task) { return is_finished(task); };
  for (Line& line : lines_) {
    for (Ready& ready : line.ready) {
      std::erase_if(ready.again, has_ended);
      std::erase_if(ready.fresh, has_ended);
    }
  }
  std::erase_if(waiting_, [&](const Waiting& waiting) { return is_finished(waiting.task); });
  std::make_heap(waiting_.begin(), waiting_.end());
  return dropped;
}

void Plan::end(TaskIndex task, State state) {
  tasks_[task].state = state;
  for (Count* count : counts_of(task)) {
    --count->left;
  }
}

void Plan::end_with(TaskIndex task, Outcome outcome) {
  end(task, State::finished);
  ++finished_;
  if (is_failure(outcome) && ++failures_ == limits_.max_fail) {
    cancelled_ = true;
  }
}

void Plan::make_ready(TaskIndex task) {
  tasks_[task].state = State::ready;
  line_of(task).ready[tasks_[task].lane].again.push_back(task);
}

void Plan::await_retry(TaskIndex task, std::uint64_t now_ns) {
  Failures& failures = retried_[task];
  ++failures.count;
  const std::uint64_t seed = limits_.seed ^ (std::uint64_t{task} << 32U);
  const std::uint64_t wait = wait_ns(rules_[tasks_[task].rules].backoff, failures.count, seed);
  failures.not_before_ns = now_ns + std::min(wait, UINT64_MAX - 1 - now_ns);  // UINT64_MAX means that none waits
  tasks_[task].state = State::waiting;
  waiting_.push_back({failures.not_before_ns, task});
  std::push_heap(waiting_.begin(), waiting_.end());
}

void Plan::wake(std::uint64_t now_ns) {
  while (!waiting_.empty() && waiting_.front().not_before_ns <= now_ns) {
    make_ready(waiting_.front().task);
    std::pop_heap(waiting_.begin(), waiting_.end());
    waiting_.pop_back();
  }
}

std::uint32_t Plan::attempt(TaskIndex task) const {
  const auto found = retried_.find(task);
  return found == retried_.end() ? 1 : found->second.count + 1;
}

bool Plan::is_last_attempt(TaskIndex task) const {
  return cancelled_ || attempt(task) > rules_[tasks_[task].rules].retries;
}

bool Plan::has_work(std::uint32_t lane) const {
  const Count& count = lanes_.at(lane);
  return (cancelled_ ? count.out : count.left) > 0;
}

std::vector<TaskIndex> Plan::not_run() const {
  std::vector<TaskIndex> tasks;
  for (TaskIndex task = 0; task < tasks_.size(); ++task) {
    if (!is_finished(task)) {
      tasks.push_back(task);
    }
  }
  return tasks;
}

}  // namespace pyharness
