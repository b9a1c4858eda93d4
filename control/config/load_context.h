// LoadContext: where the loading of one file is just now, and where its mistakes go.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "config/diagnostic.h"
#include "config/references.h"
#include "config/yaml_tree.h"

namespace sluice::config {

class LoadContext {
 public:
  using Paths = std::unordered_set<std::string>;

  // `left_out`: paths of entities, and of elements of their fields, that are treated as if the file did not have them;
  // may be null.
  LoadContext(Diagnostics& diagnostics, const References& references, const Paths* left_out = nullptr)
      : diagnostics_(diagnostics), references_(references), left_out_(left_out) {}

  bool leaves_out(const std::string& path) const { return left_out_ != nullptr && left_out_->contains(path); }

  // The same of the present field.
  bool leaves_out_field() const {
    return left_out_ != nullptr && !left_out_->empty() && left_out_->contains(entity_.path + "." + path_);
  }

  const References& references() const { return references_; }

  // While a Scope lives, diagnostics are about this entity, and fields count from it.
  class Scope {
   public:
    Scope(LoadContext& context, EntityName entity)
        : context_(context),
          entity_(std::exchange(context.entity_, std::move(entity))),
          path_(std::exchange(context.path_, {})) {}
    ~Scope() {
      context_.entity_ = std::move(entity_);
      context_.path_ = std::move(path_);
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    LoadContext& context_;
    EntityName entity_;
    std::string path_;
  };

  // While an Entry lives, diagnostics are about an entry of a map whose keys the user chooses, which is the present
  // field. As with Kong, they are told of the map: the key stands in the hint alone.
  class Entry {
   public:
    Entry(LoadContext& context, std::string_view key)
        : context_(context),
          within_(std::exchange(context.within_, context.path_)),
          hint_(std::exchange(context.entry_hint_, "of '" + std::string(key) + "'")) {}
    ~Entry() {
      context_.within_ = std::move(within_);
      context_.entry_hint_ = std::move(hint_);
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    LoadContext& context_;
    std::string within_;
    std::string hint_;
  };

  // While a Step lives, diagnostics are about this field, or this element, of what was spoken of before.
  class Step {
   public:
    // `field`: one name of the file, as written.
    Step(LoadContext& context, std::string_view field) : context_(context), length_(context.path_.size()) {
      if (!context.path_.empty() && !field.empty()) context.path_ += '.';
      for (const char c : field) {
        if (c == '[' || c == ']') {
          context.path_ += c == '[' ? "\\x5b" : "\\x5d";
        } else {
          context.path_ += c;
        }
      }
    }
    // `path`: "enrich[0].header", as field tables say it.
    struct Path {
      std::string_view text;
    };
    Step(LoadContext& context, Path path) : context_(context), length_(context.path_.size()) {
      if (!context.path_.empty() && !path.text.empty()) context.path_ += '.';
      context.path_ += path.text;
    }
    Step(LoadContext& context, size_t index) : context_(context), length_(context.path_.size()) {
      context.path_ += "[" + std::to_string(index) + "]";
    }
    ~Step() { context_.path_.resize(length_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    LoadContext& context_;
    size_t length_;
  };

  // A mistake in the present field, or in the entity as a whole where there is no present field.
  void error(policy::Mark mark, std::string message, std::string found = {}, std::string hint = {}) {
    diagnostics_.error({mark, entity_, path_, std::move(message), std::move(found), with_entry(std::move(hint))});
    ++mistakes_;
  }
  void entity_error(policy::Mark mark, std::string message, std::string hint = {}) {
    diagnostics_.error({mark, entity_, {}, std::move(message), {}, with_entry(std::move(hint)), within_});
    ++mistakes_;
  }
  // The present entity, right by itself, does not go with another one: as a whole, or what its present field names is
  // not there.
  void conflict(policy::Mark mark, std::string message, std::string hint) {
    diagnostics_.error({mark, entity_, {}, std::move(message), {}, std::move(hint), {}, true});
    ++mistakes_;
  }
  void dangling(policy::Mark mark, std::string message) {
    diagnostics_.error({mark, entity_, path_, std::move(message), {}, {}, {}, true});
    ++mistakes_;
  }
  void warn(policy::Mark mark, std::string message) {
    diagnostics_.warn({mark, entity_, path_, std::move(message), {}, {}});
  }

  // The present entity has this id, and stands in the entity `parent_id` (nil: in none).
  void identify(const policy::Uuid& id, std::string_view parent_field, const policy::Uuid& parent_id) {
    entity_.id = id.to_string();
    diagnostics_.identify(entity_.path, *entity_.id);
    if (parent_id.is_nil()) return;
    entity_.parent_field = parent_field;
    entity_.parent_id = parent_id.to_string();
  }

  // Says `message` at its first place in the file alone.
  void warn_once(policy::Mark mark, std::string message) {
    const auto same = [&](const Diagnostic& d) { return d.message == message; };
    const auto& said = diagnostics_.warnings();
    if (std::none_of(said.begin(), said.end(), same)) warn(mark, std::move(message));
  }

  const std::string& path() const { return path_; }
  const EntityName& entity() const { return entity_; }
  // Whether a mistake in the present field, or in a part of it, was said already.
  bool complained() const {
    const auto about_it = [this](const Diagnostic& d) {
      if (d.entity.path != entity_.path || !d.field.starts_with(path_)) return false;
      const std::string_view part = std::string_view(d.field).substr(path_.size());
      return part.empty() || (!path_.empty() && (part[0] == '.' || part[0] == '['));
    };
    return std::any_of(diagnostics_.errors().begin(), diagnostics_.errors().end(), about_it);
  }
  // How many mistakes there were so far: whoever must know whether a part is sound compares before and after.
  size_t mistakes() const { return mistakes_; }

 private:
  std::string with_entry(std::string hint) const {
    if (entry_hint_.empty()) return hint;
    return hint.empty() ? entry_hint_ : entry_hint_ + ", " + hint;
  }

  Diagnostics& diagnostics_;
  const References& references_;
  const Paths* left_out_;
  EntityName entity_;
  std::string path_;
  std::string within_;      // the map of the innermost Entry
  std::string entry_hint_;  // of its key
  size_t mistakes_ = 0;
};

}  // namespace sluice::config
