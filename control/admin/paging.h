// Pages of Kong's admin API: ?size=, ?offset= and ?tags=, and the link to the next page.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/admin_message.h"
#include "sluice/policy/uuid.h"

namespace sluice::control {

struct Page {
  static constexpr size_t kUsualSize = 100;
  static constexpr size_t kMostSize = 1000;

  size_t size = kUsualSize;
  policy::Uuid from;     // the first entity of the page; nil: the first of all
  nlohmann::json error;  // empty, or why the request makes no page: the body of a 400
};

// What ?tags= asks for: "a,b" both of them, "a/b" any of them.
struct AskedTags {
  std::vector<std::string> tags;
  bool any = false;

  bool hold_for(const std::vector<std::string>& own) const;
};

// None: the request does not ask, or read_page() refuses what it asks.
std::optional<AskedTags> asked_tags(const AdminRequest& request);

// What the request asks for, of entities of that kind.
Page read_page(const AdminRequest& request, std::string_view plural);

// An opaque text that names the entity that a page begins with.
std::string offset_text(std::string_view plural, const policy::Uuid& first);

// `self` with the request's arguments, and `offset` among them.
std::string next_link(const AdminRequest& request, const std::string& self, const std::string& offset);

}  // namespace sluice::control
