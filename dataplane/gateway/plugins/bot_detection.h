// bot-detection: the User-Agent decides. As Kong's: `allow` goes before `deny`, and `deny` before the known bots.
#pragma once

#include "gateway/plugin.h"
#include "sluice/policy/plugins/bot_detection.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::BotDetectionConfig& config, const PluginEnvironment& environment);

}  // namespace sluice::gateway
