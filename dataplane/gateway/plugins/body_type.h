// What kind of body a request says it has, of those that plugins look into.
#pragma once

#include <cstdint>

#include "gateway/context.h"

namespace sluice::gateway {

enum class BodyType : uint8_t { kOther, kJson, kForm, kMultipart };

// By its Content-Type, as Kong's transformers: the type may stand anywhere in it, in any case.
BodyType body_type(const http::HeaderMap& headers);
// As Kong takes bodies apart for its other plugins: the field begins with the type, in any case.
BodyType leading_body_type(const http::HeaderMap& headers);

}  // namespace sluice::gateway
