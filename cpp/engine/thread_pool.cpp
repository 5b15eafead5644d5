#include "engine/thread_pool.h"

#include "engine/case_worker.h"

namespace pyharness {

namespace {

constexpr std::size_t worker_stack_bytes = std::size_t{8} << 20U;  // what a main thread has by default

}  // namespace

ThreadPool::ThreadPool(RunTable& table, const std::vector<std::unique_ptr<SuiteLibrary>>& suites, PoolOptions options)
    : table_(&table), suites_(&suites), options_(std::move(options)) {}

ThreadPool::~ThreadPool() = default;

void ThreadPool::start() {
  const std::uint32_t count = table_->header().workers;
  for (std::uint32_t worker = 0; worker < count; ++worker) {
    workers_.push_back(std::make_unique<CaseWorker>(*table_, *suites_, options_, worker));
    bodies_.emplace_back([worker = workers_.back().get()] { worker->run(); });
  }
  for (const auto& body : bodies_) {
    threads_.push_back(std::make_unique<os::Thread>(worker_stack_bytes, body));
  }
}

void ThreadPool::join() {
  for (const auto& thread : threads_) {
    thread->join();
  }
}

}  // namespace pyharness
