// A changed locale is named and put back.
#include "os/locale_state.h"

#include <doctest/doctest.h>

using namespace pyharness;

TEST_CASE("global locale: a change is named and put back") {
  REQUIRE(std::string(::setlocale(LC_ALL, nullptr)) == "C");
  os::GlobalLocale locale;
  CHECK_FALSE(locale.looks_changed());
  CHECK(locale.restore().empty());
  REQUIRE(::setlocale(LC_ALL, "C.UTF-8") != nullptr);
  CHECK(locale.looks_changed());
  CHECK(locale.restore() == "changed the locale from C to C.UTF-8");
  CHECK(std::string(::setlocale(LC_ALL, nullptr)) == "C");
  CHECK_FALSE(locale.looks_changed());
  CHECK(locale.restore().empty());
}

TEST_CASE("global locale: of several categories those that have changed are named") {
  os::GlobalLocale locale;
  REQUIRE(::setlocale(LC_CTYPE, "C.UTF-8") != nullptr);
  CHECK(locale.restore() == "changed the locale from C to LC_CTYPE=C.UTF-8");
  CHECK(std::string(::setlocale(LC_CTYPE, nullptr)) == "C");
}

TEST_CASE("thread locale: one that was left behind is taken away from the thread") {
  os::ThreadLocale locale;
  CHECK_FALSE(locale.changed());
  const locale_t other = ::newlocale(LC_ALL_MASK, "C.UTF-8", nullptr);
  REQUIRE(other != nullptr);
  ::uselocale(other);
  CHECK(locale.changed());
  CHECK(locale.restore() == "changed the locale of its thread (uselocale)");
  CHECK(::uselocale(nullptr) == LC_GLOBAL_LOCALE);
  CHECK(locale.restore().empty());
  ::freelocale(other);
}
