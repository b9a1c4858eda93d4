#include "admin/form_entity.h"

#include <event2/http.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/described_json.h"

namespace sluice::control {

namespace {

using nlohmann::json;

constexpr size_t kMostItems = 1000;  // of a list that is given by places
constexpr size_t kMostSteps = 64;

std::string decoded(std::string_view text) {
  size_t length = 0;
  const std::unique_ptr<char, decltype(&std::free)> plain(evhttp_uridecode(std::string(text).c_str(), 1, &length),
                                                          &std::free);
  return plain == nullptr ? std::string() : std::string(plain.get(), length);
}

// Names in the order in which they first come, each with its value, or the list of those of a name that comes again.
std::vector<std::pair<std::string, json>> named_values(std::string_view form) {
  std::vector<std::pair<std::string, json>> values;
  while (!form.empty()) {
    const std::string_view field = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(form.size(), field.size() + 1));
    const size_t equals = field.find('=');
    if (field.empty() || equals == 0) continue;
    const std::string name = decoded(field.substr(0, equals));
    json value = equals == std::string_view::npos ? json(true) : json(decoded(field.substr(equals + 1)));
    const auto known = std::ranges::find(values, name, &std::pair<std::string, json>::first);
    if (known == values.end()) {
      values.emplace_back(name, std::move(value));
    } else {
      if (!known->second.is_array()) known->second = json::array({known->second});
      known->second.push_back(std::move(value));
    }
  }
  return values;
}

// "a.b[c][1][]" is a, b, c, 1 and nothing. A name that begins or ends with a dot is one step.
std::vector<std::string> steps_of(const std::string& name) {
  if (name.starts_with('.') || name.ends_with('.')) return {name};
  std::vector<std::string> steps(1);
  for (size_t i = 0; i < name.size(); ++i) {
    const size_t close = name[i] == '[' && i > 0 ? name.find(']', i) : std::string::npos;
    if (close != std::string::npos) {
      steps.push_back(name.substr(i + 1, close - i - 1));
      i = close;
    } else if (name[i] == '.') {
      steps.emplace_back();
    } else {
      steps.back() += name[i];
    }
  }
  return steps;
}

// The place that a step names in a list: 0 for none in particular. None: the step is a name.
std::optional<size_t> place_of(const std::string& step) {
  if (step.empty()) return 0;
  size_t place = 0;
  const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), place);
  const bool number = error == std::errc() && end == step.data() + step.size() && place > 0 && place <= kMostItems;
  return number ? std::optional(place) : std::nullopt;
}

// Where a step leads from `at`, made where it is not there. nullptr: what is there is of another kind.
json* descend(json& at, const std::string& step) {
  const auto place = place_of(step);
  if (at.is_null()) at = place ? json::array() : json::object();
  if (!place) return at.is_object() ? &at[step] : nullptr;
  if (!at.is_array()) return nullptr;
  return &at[*place == 0 ? at.size() : *place - 1];
}

void put(json& entity, const std::string& name, json value) {
  std::vector<std::string> steps = steps_of(name);
  if (steps.size() > kMostSteps) return;
  // A list that comes item by item is the list of what came.
  if (steps.size() > 1 && steps.back().empty()) {
    steps.pop_back();
    if (!value.is_array()) value = json::array({std::move(value)});
  }
  json* at = &entity;
  for (const std::string& step : steps) {
    if (at != nullptr) at = descend(*at, step);
  }
  if (at != nullptr && at->is_null()) *at = std::move(value);
}

const json* field_of(const json& fields, const std::string& name) {
  for (const json& field : fields) {
    if (field.contains(name)) return &field[name];
  }
  return nullptr;
}

json number_or_text(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const bool is_number = !text.empty() && end == text.c_str() + text.size() && std::isfinite(number);
  return is_number ? config::number_json(number) : json(text);
}

// What a value is to a field.
json inferred(json value, const json& field) {
  if (value == "" || value.is_null()) return nullptr;
  const std::string type = field.value("type", "");
  if (type == "array") {
    if (!value.is_array()) value = json::array({std::move(value)});
    for (json& item : value) item = inferred(std::move(item), field["elements"]);
  } else if (type == "map" && value.is_object()) {
    for (json& item : value) item = inferred(std::move(item), field["values"]);
  } else if (type == "record" && value.is_object()) {
    for (auto& [name, member] : value.items()) {
      const json* inner = field_of(field["fields"], name);
      if (inner != nullptr) member = inferred(std::move(member), *inner);
    }
  } else if (value.is_string() && (type == "number" || type == "integer")) {
    return number_or_text(value.get<std::string>());
  } else if (type == "boolean" && (value == "true" || value == "false")) {
    return value == "true";
  }
  return value;
}

}  // namespace

json form_entity(std::string_view form, const json& fields) {
  json entity = json::object();
  for (auto& [name, value] : named_values(form)) put(entity, name, std::move(value));
  return inferred(std::move(entity), {{"type", "record"}, {"fields", fields}});
}

}  // namespace sluice::control
