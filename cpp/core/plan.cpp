#include "core/plan.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <tuple>

namespace pyharness {

namespace {

// Free tasks per worker and lane that are handed out while tasks with constraints are left: enough to keep workers
// busy, few enough that a place in a group is soon filled again.
constexpr std::size_t free_tasks_per_worker = 16;

// Turns of fresh tasks come after those of what became ready again.
constexpr std::uint64_t first_fresh_turn = std::uint64_t{1} << 63U;

std::size_t difference(std::size_t from, std::size_t what) { return from > what ? from - what : 0; }

}  // namespace

Plan::Kind Plan::Constraints::kind() const {
  if (serial) {
    return Kind::serial;
  }
  if (threads > 1) {
    return Kind::heavy;
  }
  return groups.empty() ? Kind::free : Kind::grouped;
}

bool Plan::Constraints::operator<(const Constraints& other) const {
  const auto key = [](const Constraints& of) {  // negative: the most first
    return std::tuple(of.serial, -std::int64_t{of.threads}, -std::ssize(of.groups), of.tightest);
  };
  return key(*this) != key(other) ? key(*this) < key(other) : groups < other.groups;
}

Plan::Plan(std::vector<TaskRules> rules, const std::vector<std::uint32_t>& rules_of, Limits limits,
           std::vector<Dependency> dependencies, std::vector<float> priorities)
    : limits_(std::move(limits)),
      dependencies_(rules_of.size(), std::move(dependencies)),
      priorities_(std::move(priorities)),
      out_of_group_(limits_.group_limits.size(), 0) {
  limits_.workers = std::max(limits_.workers, 1U);
  check_priorities(rules_of.size());
  add_rules(std::move(rules));
  tasks_.reserve(rules_of.size());
  for (const std::uint32_t index : rules_of) {
    add_task(index);
  }
  sort_by_priority();
}

void Plan::add(std::vector<TaskRules> rules, const std::vector<std::uint32_t>& rules_of) {
  const auto first = static_cast<std::uint32_t>(rules_.size());
  add_rules(std::move(rules));
  if (!priorities_.empty()) {
    priorities_.resize(tasks_.size() + rules_of.size(), 0);
  }
  for (const std::uint32_t index : rules_of) {
    add_task(first + index);
  }
  sort_by_priority();
}

void Plan::add_task(std::uint32_t rules) {
  const auto task = static_cast<TaskIndex>(tasks_.size());
  const bool blocked = dependencies_.waits(task);
  tasks_.push_back({rules, static_cast<std::uint8_t>(rules_.at(rules).lane), blocked ? State::blocked : State::ready});
  if (!blocked) {
    line_of(task).ready[tasks_[task].lane].fresh.push_back(task);
  }
  for (Count* count : counts_of(task)) {
    ++count->left;
    count->blocked += blocked ? 1 : 0;
  }
}

void Plan::check_priorities(std::size_t planned) const {
  if (!priorities_.empty() && priorities_.size() != planned) {
    throw std::invalid_argument("there are " + std::to_string(planned) + " tasks, and " +
                                std::to_string(priorities_.size()) + " priorities");
  }
  for (std::size_t task = 0; task < priorities_.size(); ++task) {
    if (!std::isfinite(priorities_[task])) {
      throw std::invalid_argument("the priority of task " + std::to_string(task) + " is not a finite number");
    }
  }
}

void Plan::sort_by_priority() {
  if (priorities_.empty()) {
    return;
  }
  for (Line& line : lines_) {
    for (Ready& ready : line.ready) {
      std::stable_sort(ready.fresh.begin(), ready.fresh.end(),
                       [&](TaskIndex a, TaskIndex b) { return priorities_[a] > priorities_[b]; });
    }
  }
}

void Plan::add_rules(std::vector<TaskRules> rules) {
  for (TaskRules& added : rules) {
    static_cast<void>(lanes_.at(added.lane));  // throws when there is no such lane
    const Constraints constraints = constraints_of(added);
    const auto line = line_for(constraints);
    if (line == lines_.end() || line->constraints != constraints) {
      lines_.insert(line, Line{constraints});
    }
    rules_.push_back(std::move(added));
  }
  line_of_rules_.clear();
  for (const TaskRules& one : rules_) {
    line_of_rules_.push_back(static_cast<std::uint32_t>(line_for(constraints_of(one)) - lines_.begin()));
  }
}

// The first line that is not served before such constraints.
std::vector<Plan::Line>::iterator Plan::line_for(const Constraints& constraints) {
  return std::lower_bound(lines_.begin(), lines_.end(), constraints,
                          [](const Line& line, const Constraints& wanted) { return line.constraints < wanted; });
}

Plan::Constraints Plan::constraints_of(const TaskRules& rules) const {
  Constraints constraints;
  constraints.serial = rules.serial;
  if (rules.serial) {
    return constraints;
  }
  constraints.threads = std::max(rules.threads, 1U);
  for (const std::uint32_t group : rules.groups) {
    const std::uint32_t limit = limits_.group_limits.at(group);
    if (limit > 0) {
      constraints.groups.push_back(group);
      constraints.tightest = std::min(constraints.tightest, limit);
    }
  }
  std::vector<std::uint32_t>& groups = constraints.groups;
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return constraints;
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
  while (taken.size() < most) {
    Line* line = next_line(lane);
    if (line == nullptr) {
      break;
    }
    Ready& ready = line->ready[lane];
    const float priority = next(ready).priority;
    std::size_t count = std::min(most - taken.size(), startable(*line, lane));
    for (; count > 0 && !ready.empty(); --count) {
      const Turn turn = next(ready);
      if (turn.priority != priority) {
        break;
      }
      remove_next(ready, turn.task);
      taken.push_back(turn.task);
      hand_out(turn.task);
    }
  }
  return taken;
}

// Of the lines that something may start of, the one whose first task has the highest priority; of equals the first.
Plan::Line* Plan::next_line(std::uint32_t lane) {
  Line* best = nullptr;
  float highest = nothing_ready;
  for (Line& line : lines_) {
    const Ready& ready = line.ready.at(lane);
    if (!ready.empty() && next(ready).priority > highest && startable(line, lane) > 0) {
      best = &line;
      highest = next(ready).priority;
    }
  }
  return best;
}

Plan::Turn Plan::turn_of(TaskIndex task, std::uint64_t number) const {
  return {priorities_.empty() ? 0.0F : priorities_[task], number, task};
}

Plan::Turn Plan::next(const Ready& ready) const {
  if (ready.fresh.empty()) {
    return ready.late.front();
  }
  const Turn fresh = turn_of(ready.fresh.front(), first_fresh_turn + ready.fresh.front());
  return ready.late.empty() || ready.late.front() < fresh ? fresh : ready.late.front();
}

void Plan::remove_next(Ready& ready, TaskIndex task) {
  if (!ready.fresh.empty() && ready.fresh.front() == task) {
    ready.fresh.pop_front();
  } else {
    std::pop_heap(ready.late.begin(), ready.late.end());
    ready.late.pop_back();
  }
}

// Of what is ready, in any lane.
float Plan::first_priority(const Line& line) const {
  float highest = nothing_ready;
  for (const Ready& ready : line.ready) {
    highest = ready.empty() ? highest : std::max(highest, next(ready).priority);
  }
  return highest;
}

// How many of the line's first tasks in the lane, as far as they have the same priority, may start now.
std::size_t Plan::startable(const Line& line, std::uint32_t lane) const {
  const Constraints& constraints = line.constraints;
  const Count& serial = count_of(Kind::serial);
  if (serial.out > 0) {
    return 0;
  }
  if (constraints.serial) {
    return all_.out == 0 && all_.left - all_.blocked == serial.left - serial.blocked ? 1 : 0;
  }
  const float priority = next(line.ready[lane]).priority;
  const std::size_t in_groups = room_in_groups(line, priority);
  const Line* heavier = heavier_line_that_waits(constraints, priority);
  if (constraints.threads > 1 || heavier != nullptr || count_of(Kind::heavy).out > 0) {
    std::size_t places = difference(limits_.workers, places_taken_);
    if (heavier != nullptr) {
      const std::size_t left_free = limits_.workers - weight_of(heavier->constraints);
      places = std::min(places, difference(left_free, places_of_lighter(heavier->constraints)));
    }
    return std::min(in_groups, places / weight_of(constraints));
  }
  if (count_of(Kind::heavy).left + count_of(Kind::grouped).left + all_.blocked > 0) {
    return std::min(in_groups, difference(free_tasks_per_worker * limits_.workers, lanes_[lane].out));
  }
  return in_groups;
}

std::size_t Plan::room_in_groups(const Line& line, float priority) const {
  std::size_t room = SIZE_MAX;
  for (const std::uint32_t group : line.constraints.groups) {
    const std::size_t taken = out_of_group_[group] + held_by_earlier(line, priority, group);
    room = std::min(room, difference(limits_.group_limits[group], taken));
  }
  return room;
}

// Who needs several groups would wait in vain for a moment at which all have room, if whoever needs one of them could
// always take it. So each such line holds a place for its first task; none while one of its tasks is out, which makes
// room in all of its groups at once when it ends.
std::size_t Plan::held_by_earlier(const Line& line, float priority, std::uint32_t group) const {
  return static_cast<std::size_t>(std::count_if(lines_.begin(), lines_.end(), [&](const Line& other) {
    const std::vector<std::uint32_t>& groups = other.constraints.groups;
    if (groups.size() < 2 || other.out > 0 || &other == &line ||
        !std::binary_search(groups.begin(), groups.end(), group)) {
      return false;
    }
    const float first = first_priority(other);
    return first > priority || (first == priority && &other < &line);
  }));
}

// The heaviest tasks, of any lane, that come earlier and wait for nothing but places. Lighter ones leave as many free
// as they need; as heavy ones make way by themselves when they end.
const Plan::Line* Plan::heavier_line_that_waits(const Constraints& constraints, float priority) const {
  for (const Line& line : lines_) {
    if (line.constraints.threads <= constraints.threads) {
      break;
    }
    const float first = first_priority(line);
    if (first != nothing_ready && first >= priority && room_in_groups(line, first) > 0) {
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
  for (const std::uint32_t group : line.constraints.groups) {
    ++out_of_group_[group];
  }
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
  for (const std::uint32_t group : line.constraints.groups) {
    --out_of_group_[group];
  }
  places_taken_ -= weight_of(line.constraints);
}

Plan::Ending Plan::finish(TaskIndex task, Outcome outcome, Retry retry, std::uint64_t now_ns) {
  take_back(task, "finished");
  if (is_failure(outcome) && retry == Retry::allowed && !is_last_attempt(task)) {
    await_retry(task, now_ns);
    return Ending::retry;
  }
  end_with(task, outcome);
  // A skip does not undo the failure of an earlier attempt.
  release(task, outcome == Outcome::pass || (outcome == Outcome::skip && !failed_before(task)));
  return Ending::final;
}

void Plan::give_back(TaskIndex task) {
  take_back(task, "given back");
  make_ready_again(task);
}

void Plan::give_back(TaskIndex task, std::uint32_t lane) {
  Count& to = lanes_.at(lane);
  take_back(task, "given back");
  --lanes_[tasks_[task].lane].left;
  ++to.left;
  tasks_[task].lane = static_cast<std::uint8_t>(lane);
  make_ready_again(task);
}

void Plan::abandon(TaskIndex task) {
  if (tasks_.at(task).state == State::handed_out) {
    take_back(task, "abandoned");
    end(task, State::not_run);
    release(task, false);
  }
}

std::vector<TaskIndex> Plan::drop(const std::function<bool(TaskIndex)>& predicate) {
  std::vector<TaskIndex> dropped;
  for (TaskIndex task = 0; task < tasks_.size(); ++task) {
    const State state = tasks_[task].state;
    const bool is_left = state == State::ready || state == State::waiting || state == State::blocked;
    if (is_left && predicate(task)) {
      end_with(task, Outcome::error);
      dropped.push_back(task);
    }
  }
  for (Line& line : lines_) {
    for (Ready& ready : line.ready) {
      std::erase_if(ready.late, [&](const Turn& turn) { return is_finished(turn.task); });
      std::make_heap(ready.late.begin(), ready.late.end());
      std::erase_if(ready.fresh, [&](TaskIndex task) { return is_finished(task); });
    }
  }
  std::erase_if(waiting_, [&](const Waiting& waiting) { return is_finished(waiting.task); });
  std::make_heap(waiting_.begin(), waiting_.end());
  for (const TaskIndex task : dropped) {  // only now: what waited for one may be dropped itself
    release(task, false);
  }
  return dropped;
}

void Plan::end(TaskIndex task, State state) {
  const std::size_t blocked = tasks_[task].state == State::blocked ? 1 : 0;
  tasks_[task].state = state;
  for (Count* count : counts_of(task)) {
    --count->left;
    count->blocked -= blocked;
  }
}

void Plan::end_with(TaskIndex task, Outcome outcome) {
  end(task, State::finished);
  ++finished_;
  if (is_failure(outcome) && ++failures_ == limits_.max_fail) {
    cancelled_ = true;
  }
}

// Tasks that wait for this one may start, or are not run; what waits for those, in turn.
void Plan::release(TaskIndex ended, bool met) {
  if (dependencies_.empty()) {
    return;
  }
  std::vector<Dependencies::Released> released = dependencies_.end(ended, met);
  for (std::size_t at = 0; at < released.size() && !cancelled_; ++at) {
    const auto [task, failed_need] = released[at];
    if (tasks_[task].state != State::blocked) {
      continue;  // dropped meanwhile
    }
    if (failed_need == no_task) {
      unblock(task);
      continue;
    }
    end(task, State::unmet);
    unmet_.push_back({task, failed_need});
    const std::vector<Dependencies::Released> next = dependencies_.end(task, false);
    released.insert(released.end(), next.begin(), next.end());
  }
}

void Plan::unblock(TaskIndex task) {
  for (Count* count : counts_of(task)) {
    --count->blocked;
  }
  make_ready(task, first_fresh_turn + task);
}

void Plan::make_ready(TaskIndex task, std::uint64_t turn) {
  tasks_[task].state = State::ready;
  std::vector<Turn>& late = line_of(task).ready[tasks_[task].lane].late;
  late.push_back(turn_of(task, turn));
  std::push_heap(late.begin(), late.end());
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
    make_ready_again(waiting_.front().task);
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
    if (!is_finished(task) && tasks_[task].state != State::unmet) {
      tasks.push_back(task);
    }
  }
  return tasks;
}

}  // namespace pyharness
