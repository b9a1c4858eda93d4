#include "config/load_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "config/host_text.h"
#include "config/regex_text.h"
#include "config/text_checks.h"
#include "config/yaml_scalar.h"

namespace sluice::config {

namespace {

using policy::TextKind;
using policy::Unit;

// What was found, unless the message quotes it already.
std::string found_beside(const std::string& message, const YamlNode& node) {
  const bool shown = message.find("'" + node.text + "'") != std::string::npos || message.ends_with(": " + node.text);
  return shown ? std::string() : describe(node);
}

bool refuse(LoadContext& context, const YamlNode& node, std::string message, std::string hint = {}) {
  std::string found = found_beside(message, node);
  context.error(node.mark, std::move(message), std::move(found), std::move(hint));
  return false;
}

std::string quoting_hint(const YamlNode& node) {
  const bool scalar = node.kind == YamlKind::kNumber || node.kind == YamlKind::kBool;
  return scalar ? "put it in quotes" : "";
}

bool is_string(LoadContext& context, const YamlNode& node) {
  if (node.kind == YamlKind::kString) return true;
  return refuse(context, node, "expected a string", quoting_hint(node));
}

// Complains about a text of the wrong kind, and returns false; it is taken nevertheless.
bool check(LoadContext& context, const YamlNode& node, TextKind kind, std::string_view text) {
  if (VaultTable::is_reference(text)) {
    context.error(node.mark, "a vault reference may not stand here", describe(node),
                  "Sluice would send it as it is: write the value itself");
    return false;
  }
  std::string problem = check_text(kind, text);
  if (problem.empty()) return true;
  std::string found = kind == TextKind::kPublicKey ? std::string() : found_beside(problem, node);
  std::string hint = kind == TextKind::kRegex ? check_regex(text) : std::string();
  context.error(node.mark, std::move(problem), std::move(found), std::move(hint));
  return false;
}

bool in_range(LoadContext& context, const YamlNode& node, const FieldInfo& info, double number) {
  if (info.above && number <= static_cast<double>(*info.above)) {
    return refuse(context, node, fmt::format("value must be greater than {}", *info.above));
  }
  const bool low = info.least && number < static_cast<double>(*info.least);
  const bool high = info.most && number > static_cast<double>(*info.most);
  if (!low && !high) return true;
  if (info.least && info.most) {
    return refuse(context, node, fmt::format("value should be between {} and {}", *info.least, *info.most));
  }
  return refuse(context, node,
                low ? fmt::format("value must be at least {}", *info.least)
                    : fmt::format("value must be at most {}", *info.most));
}

// The text does not enter the message.
void complain_of_secret(LoadContext& context, const YamlNode& node, const FieldInfo& info, std::string_view text) {
  if (std::string problem = check_text(info.text, text); !problem.empty()) context.error(node.mark, std::move(problem));
}

bool resolve(LoadContext& context, const YamlNode& node, const FieldInfo& info, policy::Secret& out) {
  std::string problem;
  const auto value = context.references().vaults.resolve(node.text, problem);
  if (!value) {
    context.error(node.mark, fmt::format("cannot resolve {}", node.text), {}, problem);
    return false;
  }
  if (value->empty() && !info.may_be_empty) {
    context.error(node.mark, fmt::format("cannot resolve {}", node.text), {}, "what it stands for is empty");
    return false;
  }
  complain_of_secret(context, node, info, *value);
  out = policy::Secret(*value, node.text);
  return true;
}

// Kong's map of names and values.
bool load_map(LoadContext& context, const YamlNode& node, const FieldInfo& info, std::vector<policy::NamedValue>& out) {
  if (!stands_for_map(node)) return refuse(context, node, "expected a map");
  for_each_entry(context, node, info, [&](const YamlNode::Entry& entry) {
    std::string value;
    if (load_value(context, *entry.value, {.text = info.value}, value)) out.push_back({entry.key, std::move(value)});
  });
  return true;
}

}  // namespace

bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo&, bool& out) {
  if (node.kind != YamlKind::kBool) return refuse(context, node, "expected a boolean");
  out = to_bool(node.text);
  return true;
}

bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, double& out) {
  const auto number = node.kind == YamlKind::kNumber ? to_number(node.text) : std::nullopt;
  if (!number) return refuse(context, node, "expected a number");
  if (!in_range(context, node, info, *number)) return false;
  out = *number;
  return true;
}

bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, std::string& out) {
  // To YAML 1.1 a plain `off` is a boolean.
  if (info.text == TextKind::kLogFile && node.kind == YamlKind::kBool && node.text == "off") {
    out = node.text;
    return true;
  }
  // Set all the same: Kong does not say of a field that it is not there as well.
  if (!is_string(context, node)) {
    out = node.text;
    return true;
  }
  if (node.text.empty() && !info.may_be_empty) {
    context.error(node.mark, "length must be at least 1");
  } else {
    check(context, node, info.text, node.text);
  }
  out = node.text;
  return true;
}

bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, policy::Secret& out) {
  if (node.kind != YamlKind::kString) {
    context.error(node.mark, "expected a string", {}, quoting_hint(node));
    return false;
  }
  if (VaultTable::is_reference(node.text)) return resolve(context, node, info, out);
  if (node.text.empty() && !info.may_be_empty) {
    context.error(node.mark, "length must be at least 1");
  } else {
    complain_of_secret(context, node, info, node.text);
  }
  out = policy::Secret(node.text);
  return true;
}

bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo&, policy::Uuid& out) {
  if (!is_string(context, node)) return false;
  const auto id = policy::Uuid::parse(node.text);
  if (!id) return refuse(context, node, "expected a valid UUID");
  out = *id;
  return true;
}

bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, Port& out) {
  return load_value(context, node, info, out.value);
}

bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, Duration& out) {
  if (info.unit == Unit::kDuration) {
    const bool scalar = node.kind == YamlKind::kString || node.kind == YamlKind::kNumber;
    const auto duration = scalar ? to_duration(node.text) : std::nullopt;
    if (!duration) return refuse(context, node, "expected a time with its unit, such as 50us, 20ms, 60s, 5m, 1h");
    if (!in_range(context, node, info, static_cast<double>(duration->ns))) return false;
    out = *duration;
    return true;
  }
  if (info.unit == Unit::kMilliseconds) {
    int64_t ms = 0;
    if (!load_integer(context, node, info, {0, INT32_MAX}, ms)) return false;
    out = Duration::milliseconds(ms);
    return true;
  }
  double seconds = 0;
  if (!load_value(context, node, info, seconds)) return false;
  constexpr double kMostSeconds = 1e9;
  if (std::fabs(seconds) > kMostSeconds) return refuse(context, node, "expected fewer seconds");
  out = Duration::nanoseconds(std::llround(seconds * 1e9));
  return true;
}

bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo&, IpAddress& out) {
  if (!is_string(context, node)) return false;
  const auto address = IpAddress::parse(node.text);
  if (!address) return refuse(context, node, "expected an IP address");
  out = *address;
  return true;
}

bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo&, Cidr& out) {
  if (!is_string(context, node)) return false;
  const auto cidr = Cidr::parse(node.text);
  if (!cidr) return refuse(context, node, fmt::format("invalid ip or cidr range: '{}'", node.text));
  out = *cidr;
  return true;
}

bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo&, policy::InterfaceAddress& out) {
  if (!is_string(context, node)) return false;
  const auto address = IpAddress::parse(node.text.substr(0, node.text.find('/')));
  const auto prefix = Cidr::parse(node.text);
  if (!address || !prefix || node.text.find('/') == std::string::npos) {
    return refuse(context, node, "expected an address with its prefix length, such as 198.18.0.1/24");
  }
  out = {*address, *prefix};
  return true;
}

bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo&, policy::MacAddress& out) {
  if (!is_string(context, node)) return false;
  policy::MacAddress mac;
  std::string_view rest = node.text;
  for (size_t i = 0; i < mac.bytes.size(); ++i) {
    const bool last = i + 1 == mac.bytes.size();
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), mac.bytes[i], 16);
    const size_t digits = static_cast<size_t>(end - rest.data());
    if (error != std::errc() || digits != 2 || (last ? rest.size() != 2 : rest.size() < 3 || rest[2] != ':')) {
      return refuse(context, node, "expected a MAC address, such as 02:00:00:00:00:01");
    }
    rest.remove_prefix(last ? 2 : 3);
  }
  if ((mac.bytes[0] & 1) != 0) return refuse(context, node, "expected the address of one station, not of a group");
  out = mac;
  return true;
}

bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, policy::HostPort& out) {
  if (!is_string(context, node)) return false;
  if (node.text.empty()) return refuse(context, node, "length must be at least 1");
  std::string problem;
  const auto host = parse_host(node.text, problem);
  if (!host) return refuse(context, node, check_text(info.text, node.text));
  out = {host->host, host->port.value_or(policy::HostPort().port)};
  return true;
}

// Kong's transformers split at the first colons, however many they are.
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, policy::ColonPair& out) {
  if (!is_string(context, node)) return false;
  const std::string& text = node.text;
  if (text.empty()) return refuse(context, node, "length must be at least 1");
  const size_t end_of_name = std::min(text.find(':'), text.size());
  const size_t value = std::min(text.find_first_not_of(':', end_of_name), text.size());
  policy::ColonPair pair{text.substr(0, end_of_name), text.substr(value),
                         text.substr(end_of_name, value - end_of_name)};
  const bool must_have_value = info.text == TextKind::kAny && !info.may_be_empty;
  if (end_of_name == 0 || (pair.colons.empty() && !must_have_value)) {
    return refuse(context, node, fmt::format("invalid value: {}", text));
  }
  if (must_have_value && pair.value.empty()) {
    return refuse(context, node, fmt::format("key '{}' has no value", pair.name));
  }
  if (check(context, node, info.text, pair.name)) check(context, node, info.value, pair.value);
  out = std::move(pair);
  return true;
}

// Kong's map, or, where a name may come twice, a list of [name, value], for which a map may stand.
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info,
                std::vector<policy::NamedValue>& out) {
  out.clear();
  if (info.map) return load_map(context, node, info, out);
  const auto add = [&](const std::string& name, policy::Mark mark, const YamlNode& value) {
    const LoadContext::Step step(context, name);
    if (std::string problem = check_text(info.text, name); !problem.empty()) context.error(mark, problem);
    if (!is_string(context, value)) return;
    check(context, value, info.value, value.text);
    out.push_back({name, value.text});
  };
  if (node.kind == YamlKind::kMap) {
    for (const YamlNode::Entry& entry : node.entries) add(entry.key, entry.mark, *entry.value);
    return true;
  }
  if (node.kind != YamlKind::kList) return refuse(context, node, "expected a map from names to strings");
  for (const YamlNode* item : node.items) {
    const bool pair = item->items.size() == 2 && item->items[0]->kind == YamlKind::kString;
    if (pair) {
      add(item->items[0]->text, item->items[0]->mark, *item->items[1]);
    } else {
      refuse(context, *item, "expected a pair: [name, value]");
    }
  }
  return true;
}

bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info,
                std::vector<policy::NamedValues>& out) {
  if (!stands_for_map(node)) return refuse(context, node, "expected a map", "from names to lists of strings");
  out.clear();
  for_each_entry(context, node, info, [&](const YamlNode::Entry& entry) {
    if (!stands_for_list(*entry.value)) {
      refuse(context, *entry.value, "expected an array");
      return;
    }
    policy::NamedValues values{entry.key, {}};
    for (size_t i = 0; i < entry.value->items.size(); ++i) {
      const LoadContext::Step element(context, i);
      const YamlNode& item = *entry.value->items[i];
      std::string value;
      if (is_given(context, item) && load_value(context, item, {.text = info.value}, value)) {
        values.values.push_back(std::move(value));
      }
    }
    out.push_back(std::move(values));
  });
  return true;
}

// The map is not shown either: whoever forgets a name writes the secret in its place.
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info,
                std::vector<policy::NamedSecret>& out) {
  if (!stands_for_map(node)) {
    context.error(node.mark, "expected a map", {}, "from names to strings");
    return false;
  }
  out.clear();
  for_each_entry(context, node, info, [&](const YamlNode::Entry& entry) {
    policy::NamedSecret named{.name = entry.key, .value = {}};
    if (load_value(context, *entry.value, {.text = info.value}, named.value)) out.push_back(std::move(named));
  });
  return true;
}

void for_each_entry(LoadContext& context, const YamlNode& map, const FieldInfo& info,
                    const std::function<void(const YamlNode::Entry&)>& load) {
  const size_t before = context.mistakes();
  for (const YamlNode::Entry& entry : map.entries) {
    const LoadContext::Entry in_map(context, entry.key);
    const std::string problem = entry.key.empty() ? "length must be at least 1" : check_text(info.text, entry.key);
    if (!problem.empty()) {
      context.error(entry.mark, problem);
    } else if (is_given(context, *entry.value)) {
      load(entry);
    }
    if (context.mistakes() != before) return;
  }
}

bool load_integer(LoadContext& context, const YamlNode& node, const FieldInfo& info, std::pair<int64_t, int64_t> limits,
                  int64_t& out) {
  std::optional<int64_t> number;
  if (info.unit == Unit::kBytes) {
    const bool scalar = node.kind == YamlKind::kString || node.kind == YamlKind::kNumber;
    const auto bytes = scalar ? to_bytes(node.text) : std::nullopt;
    if (!bytes) return refuse(context, node, "expected a number of bytes, such as 65536, 64KiB, 1MiB");
    number = static_cast<int64_t>(*bytes);
  } else {
    number = node.kind == YamlKind::kNumber ? to_integer(node.text) : std::nullopt;
    if (!number) return refuse(context, node, "expected an integer");
  }
  if (!in_range(context, node, info, static_cast<double>(*number))) return false;
  if (*number < limits.first || *number > limits.second) {
    return refuse(context, node, fmt::format("value should be between {} and {}", limits.first, limits.second));
  }
  out = *number;
  return true;
}

bool is_given(LoadContext& context, const YamlNode& element) {
  if (element.kind != YamlKind::kNull) return true;
  context.error(element.mark, "required field missing");
  return false;
}

int load_name_index(LoadContext& context, const YamlNode& node, const FieldInfo& info,
                    std::span<const std::string_view> names) {
  if (!is_string(context, node)) return -1;
  const auto found = std::find(names.begin(), names.end(), node.text);
  if (found != names.end()) return static_cast<int>(found - names.begin());
  const std::string choices =
      info.choices.empty() ? fmt::format("{}", fmt::join(names, ", ")) : std::string(info.choices);
  refuse(context, node,
         info.unknown.empty() ? "expected one of: " + choices : fmt::format(fmt::runtime(info.unknown), node.text));
  return -1;
}

}  // namespace sluice::config
