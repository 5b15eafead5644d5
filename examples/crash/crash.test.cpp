// A suite that brings its process down: what a run reports when a case writes through a null pointer while others
// pass and one is still asleep. No other suite depends on it.
#include <chrono>
#include <cstdio>
#include <numeric>
#include <pyharness/test.hpp>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Sensor {
  int reading;
};

// Volatile: the compiler must not see that the pointer is null.
Sensor* volatile missing_sensor = nullptr;

Sensor* find_sensor(const std::string& name) { return name == "thermometer" ? missing_sensor : nullptr; }

void store_reading(Sensor* sensor, int reading) {
  volatile int* target = &sensor->reading;
  *target = reading;
}

void calibrate(const std::string& name) {
  Sensor* sensor = find_sensor(name);
  store_reading(sensor, 42);
}

void warm_up() { calibrate("thermometer"); }

}  // namespace

TEST("sums a sequence") {
  std::vector<int> numbers(100);
  std::iota(numbers.begin(), numbers.end(), 1);
  CHECK(std::accumulate(numbers.begin(), numbers.end(), 0) == 5050);
}

TEST("joins two words") { CHECK(std::string("null") + " pointer" == "null pointer"); }

TEST_EACH("doubles", (int number), range(0, 4)) { CHECK(number * 2 == number + number); }

TEST("writes through a null pointer", "crash") {
  std::printf("calibrating the thermometer\n");
  std::fflush(stdout);
  std::fprintf(stderr, "warning: the thermometer does not answer\n");
  warm_up();
}

TEST("sleeps for a minute", "slow") { std::this_thread::sleep_for(std::chrono::seconds(60)); }

TEST("compares two words") { CHECK(std::string("after") > std::string("Zebra")); }
