/* Two stacks, a wire of 5 ms between them, a word each way. */
#include "packet/tcp_library_example.h"

#include <string.h>

#include "support/sluice_tcp_test.h"

enum { kLongestFrame = 2048 };

static const int64_t kDelayNs = 5 * 1000 * 1000;

/* All frames that wait in `from` arrive at `to`. How many there were. */
static int carry(sluice_stack* from, sluice_stack* to) {
  unsigned char frame[kLongestFrame];
  int frames = 0;
  int length;
  while ((length = sluice_frame_out(from, frame, sizeof frame, NULL)) > 0) {
    sluice_frame_in(to, frame, (size_t)length);
    ++frames;
  }
  return frames;
}

/* Lets frames travel until neither side has anything to say. */
static void settle(sluice_stack* a, sluice_stack* b) {
  int frames;
  do {
    frames = carry(a, b);
    sluice_advance(a, kDelayNs);
    sluice_advance(b, kDelayNs);
    frames += carry(b, a);
  } while (frames > 0);
}

#define CHECK(condition) \
  if (!(condition)) return __LINE__

static int greet(sluice_stack* server, sluice_stack* client) {
  char text[16];
  const sluice_socket listener = sluice_listen(server, "0.0.0.0", 80);
  CHECK(listener > 0);
  const sluice_socket c = sluice_connect(client, "198.18.0.1", 80);
  CHECK(c > 0);
  settle(server, client);
  CHECK(sluice_connected(client, c) == 1);
  const sluice_socket s = sluice_accept(server, listener);
  CHECK(s > 0);

  CHECK(sluice_write(client, c, "hello", 5) == 5);
  settle(server, client);
  CHECK(sluice_read(server, s, text, sizeof text) == 5 && memcmp(text, "hello", 5) == 0);
  CHECK(sluice_write(server, s, "welcome", 7) == 7);
  settle(server, client);
  CHECK(sluice_read(client, c, text, sizeof text) == 7 && memcmp(text, "welcome", 7) == 0);

  CHECK(sluice_shutdown(client, c) == 0);
  settle(server, client);
  CHECK(sluice_read(server, s, text, sizeof text) == 0);
  CHECK(strcmp(sluice_state(server, s), "CLOSE-WAIT") == 0);
  CHECK(sluice_close(server, s) == 0 && sluice_close(client, c) == 0);
  settle(server, client);
  return 0;
}

int greet_each_other(void) {
  sluice_stack_config config;
  sluice_stack_defaults(&config);
  sluice_stack* server = sluice_stack_create(&config);
  config.addresses = "198.18.0.2/24";
  config.mac[5] = 2;
  sluice_stack* client = sluice_stack_create(&config);
  const int outcome = server == NULL || client == NULL ? __LINE__ : greet(server, client);
  sluice_stack_destroy(client);
  sluice_stack_destroy(server);
  return outcome;
}
