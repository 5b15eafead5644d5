#include "core/dependencies.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

namespace pyharness {

Dependencies::Dependencies(std::size_t planned, std::vector<Dependency> dependencies)
    : dependencies_(std::move(dependencies)) {
  if (dependencies_.empty()) {
    return;
  }
  check_indices(planned);
  std::sort(dependencies_.begin(), dependencies_.end(),
            [](const Dependency& a, const Dependency& b) { return std::tie(a.on, a.task) < std::tie(b.on, b.task); });
  begins_.resize(planned + 1);
  waits_for_.resize(planned);
  for (const Dependency& dependency : dependencies_) {
    ++begins_[dependency.on + 1];
    ++waits_for_[dependency.task].count;
  }
  for (std::size_t task = 0; task < planned; ++task) {
    begins_[task + 1] += begins_[task];
  }
  check_circles();
}

void Dependencies::check_indices(std::size_t planned) const {
  for (const Dependency& dependency : dependencies_) {
    if (std::max(dependency.task, dependency.on) >= planned) {
      throw std::invalid_argument("task " + std::to_string(dependency.task) + " waits for task " +
                                  std::to_string(dependency.on) + ", and only tasks below " + std::to_string(planned) +
                                  " exist");
    }
  }
}

// Ends what can end, one after another; what is left waits for one another.
void Dependencies::check_circles() const {
  std::vector<std::uint32_t> left;
  left.reserve(waits_for_.size());
  std::vector<TaskIndex> ended;
  for (const Waits& waits : waits_for_) {
    if (waits.count == 0) {
      ended.push_back(static_cast<TaskIndex>(left.size()));
    }
    left.push_back(waits.count);
  }
  for (std::size_t at = 0; at < ended.size(); ++at) {
    for (const Dependency& dependency : on(ended[at])) {
      if (--left[dependency.task] == 0) {
        ended.push_back(dependency.task);
      }
    }
  }
  if (ended.size() < left.size()) {
    throw_circle(left);
  }
}

// Whoever is left waits for another that is left: following these leads into a circle.
void Dependencies::throw_circle(const std::vector<std::uint32_t>& left) const {
  std::vector<TaskIndex> awaited(left.size(), no_task);
  TaskIndex task = no_task;
  for (const Dependency& dependency : dependencies_) {
    if (left[dependency.on] > 0 && left[dependency.task] > 0) {
      awaited[dependency.task] = dependency.on;
      task = std::min(task, dependency.task);
    }
  }
  for (std::size_t step = 0; step < left.size(); ++step) {
    task = awaited[task];
  }
  std::string circle = "task " + std::to_string(task);
  TaskIndex next = task;
  do {
    next = awaited[next];
    circle += " waits for task " + std::to_string(next) + (next == task ? "" : ", which");
  } while (next != task);
  throw std::invalid_argument(circle + "; remove one of these dependencies");
}

std::span<const Dependency> Dependencies::on(TaskIndex task) const {
  return task >= waits_for_.size() ? std::span<const Dependency>()
                                   : std::span(dependencies_).subspan(begins_[task], begins_[task + 1] - begins_[task]);
}

std::vector<Dependencies::Released> Dependencies::end(TaskIndex task, bool met) {
  std::vector<Released> released;
  for (const Dependency& dependency : on(task)) {
    Waits& waits = waits_for_[dependency.task];
    if (dependency.kind == Dependency::Kind::needs && !met && waits.failed_need == no_task) {
      waits.failed_need = task;
    }
    if (--waits.count == 0) {
      released.push_back({dependency.task, waits.failed_need});
    }
  }
  return released;
}

}  // namespace pyharness
