// Diagnostic: one mistake in a file, said so that it can be found and mended: where, in which entity, what was found
// and what was expected. Made by the loaders, printed by `sluice --check` and sluicectl, answered by POST /config.
//
// Secrets never enter one: what was found at a secret's place is described, not shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/policy/field.h"

namespace sluice::config {

// Which entity of the policy a diagnostic is about, as far as the file tells.
struct EntityName {
  std::string type;  // "route", "plugin", "edge rule"; empty: the file itself
  std::string name;  // its name or username, if it has one
  std::optional<std::string> id;
  std::vector<std::string> tags;
  std::string path;  // "services[2].routes[0]"
  // Of an entity that stands nested in another, once ids are settled: "consumer" and the other's id.
  std::string parent_field;
  std::string parent_id;
};

struct Diagnostic {
  policy::Mark mark;
  EntityName entity;
  // "config.add.headers[0]" within the entity; empty: the entity as a whole. Brackets hold an index and nothing else:
  // those in keys of the file are escaped.
  std::string field;
  std::string message;      // what was expected, in Kong's words where Kong has some
  std::string found;        // what stands there; empty where the message tells
  std::string hint;         // what Kong does not say: how to mend it, where the other one is
  std::string within = {};  // without a field: the map in which a value is wrong as a whole; empty: the entity is
  // Between entities that are each right by themselves, names taken twice and references that lead nowhere: Kong looks
  // at these last, and only where nothing else is wrong.
  bool between_entities = false;
  // Of a text that cannot be read: where the last piece begins that could, which is all that Kong says. Line 0: none.
  policy::Mark readable_to = {};
};

// What the loading of one file had to say. At most kMost mistakes are kept; `suppressed` counts the rest.
class Diagnostics {
 public:
  static constexpr size_t kMost = 1000;

  void error(Diagnostic d) {
    if (errors_.size() < kMost) {
      errors_.push_back(std::move(d));
    } else {
      ++suppressed_;
    }
  }
  void warn(Diagnostic d) {
    if (warnings_.size() < kMost) warnings_.push_back(std::move(d));
  }

  // The entity at `path` turned out to have this id: whoever was told of it already is told that too.
  void identify(const std::string& path, const std::string& id) {
    for (auto d = errors_.rbegin(); d != errors_.rend() && d->entity.path == path; ++d) {
      if (d->between_entities) d->entity.id = id;
    }
  }

  bool ok() const { return errors_.empty(); }
  const std::vector<Diagnostic>& errors() const { return errors_; }
  const std::vector<Diagnostic>& warnings() const { return warnings_; }
  size_t suppressed() const { return suppressed_; }

 private:
  std::vector<Diagnostic> errors_;
  std::vector<Diagnostic> warnings_;
  size_t suppressed_ = 0;
};

// `text` without control characters: each comes out as \xNN.
std::string printable(std::string_view text);

// "file:line:column: route 'r' (services[0].routes[0]): paths[0]: what was expected (hint); found "nope"". One line, no
// newline.
std::string to_line(const std::string& file, const Diagnostic& diagnostic);

}  // namespace sluice::config
