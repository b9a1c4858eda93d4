// RecordComplaints: what a described type says about itself as a whole, turned into diagnostics with a place in the
// file.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "config/load_context.h"
#include "sluice/policy/field.h"

namespace sluice::config {

class RecordComplaints final : public policy::Complaints {
 public:
  // `record`: the map that the complaining value was loaded from; the context's present field is that value.
  RecordComplaints(LoadContext& context, const YamlNode& record) : context_(context), record_(record) {}

  void field(std::string_view path, std::string message) override;
  void entity(std::string message) override { context_.entity_error(record_.mark, std::move(message)); }
  void warn(std::string_view field, std::string message) override {
    const LoadContext::Step step(context_, field);
    const YamlNode* const node = record_.find(field);
    context_.warn(node == nullptr ? record_.mark : node->mark, std::move(message));
  }
  Given given(std::string_view field) const override;

 private:
  LoadContext& context_;
  const YamlNode& record_;
};

}  // namespace sluice::config
