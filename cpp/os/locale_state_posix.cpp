#include <sstream>

#include "os/locale_state.h"
#include "os/state_change.h"

namespace pyharness::os {

namespace {

const char* shown_name() { return ::setlocale(LC_ALL, nullptr); }

// Of a name that lists all categories ("LC_CTYPE=C;LC_NUMERIC=de_DE;…"), those that are not as in `other`.
std::string difference(const std::string& name, const std::string& other) {
  std::istringstream categories(name);
  std::string text;
  for (std::string category; std::getline(categories, category, ';');) {
    const bool as_in_other = (";" + other + ";").find(";" + category + ";") != std::string::npos ||
                             category.substr(category.find('=') + 1) == other;
    text += as_in_other ? std::string() : (text.empty() ? "" : ";") + category;
  }
  return text.empty() ? name : text;
}

}  // namespace

GlobalLocale::GlobalLocale() : name_(shown_name()), shown_(shown_name()) {}

bool GlobalLocale::looks_changed() const { return shown_name() != shown_.load(std::memory_order_relaxed); }

std::string GlobalLocale::restore() {
  const std::string now = shown_name();
  std::string text;
  if (now != name_) {
    text = "changed the locale from " + difference(name_, now) + " to " + difference(now, name_);
    if (::setlocale(LC_ALL, name_.c_str()) == nullptr) {
      name_ = now;
      text += not_restorable;
    }
  }
  shown_.store(shown_name(), std::memory_order_relaxed);
  return text;
}

ThreadLocale::ThreadLocale() : locale_(::uselocale(nullptr)) {}

bool ThreadLocale::changed() const { return ::uselocale(nullptr) != locale_; }

std::string ThreadLocale::restore() {
  return ::uselocale(locale_) == locale_ ? "" : "changed the locale of its thread (uselocale)";
}

}  // namespace pyharness::os
