#include "ship/sink.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "ship/datagram_sinks.h"
#include "ship/file_sink.h"
#include "ship/http_sink.h"
#include "ship/otlp.h"
#include "ship/tcp_sink.h"

namespace sluice::control {

namespace {

std::vector<std::string> header_lines(std::string_view content_type, const std::vector<policy::NamedSecret>& headers) {
  std::vector<std::string> lines{fmt::format("Content-Type: {}", content_type)};
  for (const policy::NamedSecret& header : headers) {
    lines.push_back(fmt::format("{}: {}", header.name, header.value.reveal()));
  }
  return lines;
}

// One record stands for itself, several for a list, as Kong sends them.
std::string json_body(const std::vector<std::string>& batch, bool as_list) {
  return as_list ? fmt::format("[{}]", fmt::join(batch, ",")) : batch.front();
}

using MadeSink = std::unique_ptr<Sink>;

MadeSink make(const policy::FileLogConfig& config, const SinkContext&) {
  return std::make_unique<FileSink>(config);
}
MadeSink make(const policy::TcpLogConfig& config, const SinkContext& context) {
  return std::make_unique<TcpSink>(config, context.transfers);
}
MadeSink make(const policy::UdpLogConfig& config, const SinkContext&) {
  return std::make_unique<UdpSink>(config);
}
MadeSink make(const policy::SyslogConfig& config, const SinkContext&) {
  return std::make_unique<SyslogSink>(config);
}

MadeSink make(const policy::HttpLogConfig& config, const SinkContext& context) {
  const policy::LogQueue queue = config.effective_queue();
  const bool as_list = queue.max_batch_size > 1;
  HttpTarget target{.url = std::string(config.http_endpoint.reveal()),
                    .method = std::string(policy::to_text(config.method)),
                    .headers = header_lines(policy::to_text(config.content_type), config.headers),
                    .timeout = patience(config.timeout),
                    .connect_timeout = patience(config.timeout),
                    .keepalive = config.keepalive,
                    .body_of = [as_list](const auto& batch) { return json_body(batch, as_list); }};
  return std::make_unique<HttpSink>(std::move(target), queue, context.transfers);
}

MadeSink make(const policy::OpentelemetryConfig& config, const SinkContext& context) {
  if (config.traces_endpoint.empty()) return nullptr;
  HttpTarget target{
      .url = std::string(config.traces_endpoint.reveal()),
      .method = "POST",
      .headers = header_lines("application/json", config.headers),
      .timeout = patience(config.connect_timeout) + patience(config.send_timeout) + patience(config.read_timeout),
      .connect_timeout = patience(config.connect_timeout),
      .keepalive = Duration::seconds(60),
      .body_of = [resource = otlp_resource(config, context.process)](const auto& spans) {
        return otlp_body(resource, spans);
      }};
  return std::make_unique<HttpSink>(std::move(target), config.effective_queue(), context.transfers);
}

template <typename Config>
concept Sends = requires(const Config& config, const SinkContext& context) { make(config, context); };

}  // namespace

bool may_have_sink(const policy::PluginConfig& config) {
  return std::visit([]<typename Config>(const Config&) { return Sends<Config>; }, config);
}

std::unique_ptr<Sink> make_sink(const policy::PluginConfig& config, const SinkContext& context) {
  const auto made = [&]<typename Config>(const Config& c) -> MadeSink {
    if constexpr (Sends<Config>) return make(c, context);
    return nullptr;
  };
  return std::visit(made, config);
}

}  // namespace sluice::control
