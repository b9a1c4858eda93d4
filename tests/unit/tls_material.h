// A certificate of a.example and keys, for tests alone: made once with OpenSSL, never used anywhere.
#pragma once

#include <string>

namespace sluice::config {

inline const std::string kCertificate = R"(-----BEGIN CERTIFICATE-----
MIIBezCCASKgAwIBAgIUEYs389Lv9lap5Nq8F7JzqhTorTMwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJYS5leGFtcGxlMCAXDTI2MTEyMzIyMDkxM1oYDzIxMjYxMDMw
MjIwOTEzWjAUMRIwEAYDVQQDDAlhLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQLiQqzVvP2joZy/pZJfymj5KoODQxtZUUcXA6LV2BLDOO7e7kZL68P
maoRiQdPaFwJzOVyUKkJMKb34VqNouKro1AwTjAdBgNVHQ4EFgQUm5ypy7L/wYnY
plIsM3wkYfZpGRMwHwYDVR0jBBgwFoAUm5ypy7L/wYnYplIsM3wkYfZpGRMwDAYD
VR0TAQH/BAIwADAKBggqhkjOPQQDAgNHADBEAiBfWSux95udhQ7KuT6hj19kRiNL
LsG+GsiFt9zFwV98bgIgAxyQUzysIFJG+3Zla1hJ1idnOwQp2jUbFyJpONbhcrM=
-----END CERTIFICATE-----
)";

inline const std::string kKey = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgCq4ZdIdj5VWXE0CK
vF/vKxtQr832fPo9GzKhGMODXUihRANCAAQLiQqzVvP2joZy/pZJfymj5KoODQxt
ZUUcXA6LV2BLDOO7e7kZL68PmaoRiQdPaFwJzOVyUKkJMKb34VqNouKr
-----END PRIVATE KEY-----
)";

// A key that belongs to no certificate here.
inline const std::string kOtherKey = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgeEzTTtpCF4Lm+TXc
sT+CfPFyh12i22J/+tgcjwgKC5ihRANCAAS+ZB7/RQ7ppRp/X7t4R/Q0gsMU3WGV
g+NyWFgBrOk4I0YRjgRpI0BH1LBg1QkXAvPAZ2feDus9VtVbkR1o/EwG
-----END PRIVATE KEY-----
)";

}  // namespace sluice::config
