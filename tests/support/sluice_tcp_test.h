/* sluice_tcp_test.h: Sluice's whole TCP/IP stack behind a plain C interface, for packet scripts written elsewhere.
 *
 * Built as libsluice_tcp_test.so. A stack here is what a worker runs on a NIC: the same Ethernet, ARP, IP, ICMP and TCP
 * code, wired in the same way, every checksum made and verified. It differs in three things only: frames go to and come
 * from the caller; its clock moves only when the caller says so; and it has the addresses that it is given and no
 * others, where a worker gives each link that speaks IPv6 a link-local address made from its MAC as well (RFC
 * 4291 2.8). No DPDK environment is started; any process can load the library, and any number of stacks may live in it.
 *
 * Turns. Each call that brings something in (a frame, time, a socket call) is one whole turn of the poll loop: when it
 * returns, all that it caused has happened, and what was to be sent waits for sluice_frame_out().
 *
 * Rules for all functions
 * - A result below 0 is one of enum sluice_error; nothing was changed then.
 * - Times are nanoseconds, lengths are bytes, ports are in host order, addresses are text ("198.18.0.2").
 * - Texts and buffers belong to the caller and are copied; texts that are returned are constants of the library.
 * - A stack belongs to one thread at a time. Stacks share nothing.
 *
 * Example: tests/packet/tcp_library_example.c connects two stacks and sends bytes both ways.
 */
#ifndef SLUICE_TCP_TEST_H
#define SLUICE_TCP_TEST_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_API __attribute__((visibility("default")))

/* The longest time that an option or a field of a config may be: a year. */
#define SLUICE_LONGEST_NS (INT64_C(365) * 24 * 3600 * 1000000000)
#define SLUICE_LONGEST_RTO_NS (INT64_C(3600) * 1000000000)
#define SLUICE_LONGEST_TIME_WAIT_NS (INT64_C(24) * 3600 * 1000000000)

typedef struct sluice_stack sluice_stack;
/* Names a socket of one stack. 0 is never a socket; a closed socket's number is not used again. */
typedef int32_t sluice_socket;

enum sluice_error {
  SLUICE_AGAIN = -1,        /* nothing to take now, or no room now */
  SLUICE_INVALID = -2,      /* an argument is wrong, or the socket is not one for this call */
  SLUICE_NO_MEMORY = -3,    /* the stack's packets, connections or source ports are used up */
  SLUICE_IN_USE = -4,       /* somebody listens there already */
  SLUICE_UNREACHABLE = -5,  /* no route, an address that no other host can have, or ICMP said so while connecting */
  SLUICE_REFUSED = -6,      /* the connect was answered by RST or ICMP port unreachable */
  SLUICE_RESET = -7,        /* the peer sent RST */
  SLUICE_TIMED_OUT = -8,    /* the peer did not answer for too long */
  SLUICE_ABORTED = -9,      /* this side gave up */
  SLUICE_CLOSED_WRITE = -10 /* write after shutdown or after the end of the connection */
};

/* ---- stacks ---------------------------------------------------------------------------------------------------- */

/* What a stack is made of. Begin with sluice_stack_defaults(); 0 or NULL in a field after that means what it says. */
typedef struct sluice_stack_config {
  size_t size;           /* sizeof(sluice_stack_config), set by sluice_stack_defaults() */
  const char* addresses; /* of its one port, with prefixes, separated by commas: "198.18.0.1/24" (the default);
                          * IPv6 addresses are ours at once, without duplicate address detection */
  const char* routes;    /* beyond the link, "PREFIX=NEXT_HOP,…": "0.0.0.0/0=198.18.0.254", through another machine
                          * within the prefix of an address; NULL: none */
  uint8_t mac[6];        /* 02:00:00:00:00:01 */
  uint16_t vlan;         /* 802.1Q tag of all frames; 0: untagged */
  uint16_t mtu;          /* the longest IP packet, at least 68, with IPv6 1280; 1500 */
  uint64_t seed;         /* of all that is random: the same seed makes the same stack; 1 */
  uint32_t packets;      /* packet buffers of 2 KiB; 4096 */
  uint32_t max_connections;
  uint32_t max_half_open; /* SYNs that wait for their handshake's end */
  uint32_t max_time_wait; /* 0: none waits, each is counted as recycled */
  uint32_t receive_buffer_bytes;
  uint32_t send_buffer_bytes;
  int64_t initial_rto_ns; /* all times: 1 to SLUICE_LONGEST_NS */
  int64_t min_rto_ns;     /* RTO = SRTT + max(min_rto, 4 RTTVAR), where RFC 6298 has max(min_rto, SRTT + 4 RTTVAR) */
  int64_t max_rto_ns;     /* not below the other two; at most SLUICE_LONGEST_RTO_NS */
  int64_t delayed_ack_ns;
  int64_t connect_timeout_ns; /* or the user timeout, whichever is less */
  int64_t user_timeout_ns;
  int64_t fin_wait_2_ns;
  int64_t time_wait_ns;       /* at most SLUICE_LONGEST_TIME_WAIT_NS */
  int64_t keep_alive_idle_ns; /* 0: no keep-alive */
  int64_t keep_alive_interval_ns;
  uint32_t keep_alive_probes; /* 1 to 255 */
  uint32_t syn_ack_retries;   /* at most 255 */
  uint32_t nagle;             /* 0 or 1 */
} sluice_stack_config;

SLUICE_API void sluice_stack_defaults(sluice_stack_config* config);

/* A running stack, which has announced its addresses already: its first frames out, one for each, an ARP announcement
 * or an unsolicited neighbour advertisement. They come once more after two seconds (RFC 5227 2.3, RFC 4861 7.2.6),
 * which a script that expects silence then has to allow for. NULL when the config says something impossible: a number
 * out of range, an address that no single machine can have on its link or that is given twice, a hop that is on no
 * link. config: NULL for the defaults. */
SLUICE_API sluice_stack* sluice_stack_create(const sluice_stack_config* config);
/* The same with what few scripts need, as "NAME=VALUE,…" (NULL: none; a name may come more than once where it says so):
 *   detection=1              IPv6 addresses are ours once nobody else has claimed them (RFC 4862 5.4): asked for at
 *                            once, announced after one second and after three; 0
 *   routers=1                routers that advertise themselves are used (RFC 4861 6); 0
 *   vlan=77:198.19.0.1/24    another network on the port, tagged, with its address; may repeat
 *   ecn=0                    ECN is neither asked for nor agreed to; 1
 *   timestamps=0             timestamps are neither offered nor agreed to (RFC 7323); 1
 *   window_scale=0           nor window scaling; 1
 *   syn_retries=5            retransmissions of a SYN of ours, where connect_timeout_ns does not end them; 255: any
 *                            number
 *   congestion=newreno       instead of cubic
 *   challenge_acks=100       a second at most; 1000
 *   resets=100               a second at most, for segments of no connection; 1000 */
SLUICE_API sluice_stack* sluice_stack_create_with(const sluice_stack_config* config, const char* more);
/* With all its sockets; connections end without a word. NULL is allowed. */
SLUICE_API void sluice_stack_destroy(sluice_stack* stack);

/* ---- the wire -------------------------------------------------------------------------------------------------- */

/* A frame arrives, from its Ethernet header on, without FCS. 0, SLUICE_INVALID (longer than a packet buffer) or
 * SLUICE_NO_MEMORY (dropped, as a NIC would). What the stack thinks of its content shows in counters and frames. */
SLUICE_API int sluice_frame_in(sluice_stack* stack, const void* frame, size_t length);

/* Takes the oldest frame that was sent. Its length; 0: there is none; SLUICE_INVALID: it is longer than `capacity`, and
 * stays. sent_at_ns: when it left, on the stack's clock; may be NULL. At most 65,536 frames wait: what comes then is
 * lost, and counted as a device's full ring would be. */
SLUICE_API int sluice_frame_out(sluice_stack* stack, void* frame, size_t capacity, int64_t* sent_at_ns);

/* ---- time ------------------------------------------------------------------------------------------------------ */

/* Lets time pass: fires timers, each at its moment (the wheel ticks every millisecond). ns >= 0. */
SLUICE_API int sluice_advance(sluice_stack* stack, int64_t ns);
/* Since the stack was made. */
SLUICE_API int64_t sluice_now(const sluice_stack* stack);
/* How long until a timer may fire: a lower bound, never late. INT64_MAX: none is set. */
SLUICE_API int64_t sluice_next_timer(sluice_stack* stack);

/* ---- sockets --------------------------------------------------------------------------------------------------- */

/* Connections to `address` ("0.0.0.0" or "::" for all of ours) and `port` are taken. A socket for sluice_accept(). */
SLUICE_API sluice_socket sluice_listen(sluice_stack* stack, const char* address, uint16_t port);
/* The oldest connection that has come and was not accepted, or SLUICE_AGAIN. */
SLUICE_API sluice_socket sluice_accept(sluice_stack* stack, sluice_socket listener);
/* Begins to connect, from an address and port that the stack chooses. See sluice_connected(). SLUICE_UNREACHABLE
 * without a route, and for what can be no other host's: a group, a broadcast, loopback, 240/4, an unspecified address,
 * or one of ours (RFC 9293 3.9.1, MUST-46). */
SLUICE_API sluice_socket sluice_connect(sluice_stack* stack, const char* address, uint16_t port);
/* 1: the handshake has finished; SLUICE_AGAIN: not yet; or why it never will. */
SLUICE_API int sluice_connected(const sluice_stack* stack, sluice_socket socket);

/* Bytes taken, at least 1; 0: the peer has ended its side and all was read; SLUICE_AGAIN; or how the connection ended.
 */
SLUICE_API int64_t sluice_read(sluice_stack* stack, sluice_socket socket, void* bytes, size_t capacity);
/* Bytes queued, at least 1 (less than `length` when the send buffer fills); SLUICE_AGAIN: it is full;
 * SLUICE_CLOSED_WRITE; or how the connection ended. Bytes of one call share segments. */
SLUICE_API int64_t sluice_write(sluice_stack* stack, sluice_socket socket, const void* bytes, size_t length);
/* Ends this side: a FIN follows what was written. Reading goes on. */
SLUICE_API int sluice_shutdown(sluice_stack* stack, sluice_socket socket);
/* Gives the socket up in order: a connection sends FIN after what was written and discards what still comes; a listener
 * stops and its connections that nobody accepted are reset. The number names nothing afterwards; what the connection
 * becomes shows sluice_state_of(). */
SLUICE_API int sluice_close(sluice_stack* stack, sluice_socket socket);
/* The same at once, with RST. */
SLUICE_API int sluice_abort(sluice_stack* stack, sluice_socket socket);

enum sluice_option {
  SLUICE_NAGLE = 1,                  /* 0 or 1 */
  SLUICE_USER_TIMEOUT_NS = 2,        /* 1 to SLUICE_LONGEST_NS; heeded at once by what is in flight, and by a
                                      * connect, which ends after connect_timeout_ns at the latest */
  SLUICE_KEEP_ALIVE_IDLE_NS = 3,     /* 0: off; at most SLUICE_LONGEST_NS */
  SLUICE_KEEP_ALIVE_INTERVAL_NS = 4, /* 1 to SLUICE_LONGEST_NS */
  SLUICE_KEEP_ALIVE_PROBES = 5       /* 1 to 255 */
};
/* Options of one connection; it begins with those of its stack. 0, or SLUICE_INVALID. */
SLUICE_API int sluice_set_option(sluice_stack* stack, sluice_socket socket, int option, int64_t value);
SLUICE_API int sluice_get_option(const sluice_stack* stack, sluice_socket socket, int option, int64_t* value);

/* ---- looking in ------------------------------------------------------------------------------------------------ */

/* "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK",
 * "TIME-WAIT" or "CLOSED" (RFC 9293 3.3.2); NULL for what is no socket. A socket that has ended in order says
 * "TIME-WAIT" as long as its two ends are. */
SLUICE_API const char* sluice_state(const sluice_stack* stack, sluice_socket socket);
/* The same for whatever holds these two ends, sockets or not: half-open connections, closed ones, TIME-WAIT. NULL for
 * malformed addresses. */
SLUICE_API const char* sluice_state_of(const sluice_stack* stack, const char* local, uint16_t local_port,
                                       const char* remote, uint16_t remote_port);

/* Both ends of a connection, as text of at most 46 bytes with its NUL. */
typedef struct sluice_tuple {
  char local[46];
  char remote[46];
  uint16_t local_port;
  uint16_t remote_port;
} sluice_tuple;
SLUICE_API int sluice_get_tuple(const sluice_stack* stack, sluice_socket socket, sluice_tuple* tuple);

/* What the stack knows of a connection (like Linux's TCP_INFO). Sequence numbers are those on the wire. */
typedef struct sluice_tcp_info {
  uint32_t snd_una;
  uint32_t snd_nxt;
  uint32_t rcv_nxt;
  uint32_t snd_wnd_bytes; /* what the peer offers */
  uint32_t rcv_wnd_bytes; /* what was offered to the peer */
  uint32_t cwnd_bytes;
  uint32_t ssthresh_bytes; /* UINT32_MAX before the first loss */
  uint32_t flight_bytes;   /* sent and not acknowledged */
  uint32_t queued_bytes;   /* written and not acknowledged, sent or not */
  uint32_t unread_bytes;   /* arrived in order and not read */
  uint32_t mss_bytes;      /* the largest text of a segment */
  uint32_t srtt_us;        /* 0 before the first sample */
  uint32_t rttvar_us;
  uint32_t rto_us;        /* with its back-off */
  uint8_t backoff;        /* how often the timer has expired in a row */
  uint8_t in_recovery;    /* a loss is being repaired */
  uint8_t timestamps;     /* negotiated (RFC 7323) */
  uint8_t window_scaling; /* negotiated (RFC 7323) */
  uint8_t snd_wind_shift;
  uint8_t rcv_wind_shift;
} sluice_tcp_info;
/* 0, or SLUICE_INVALID for a listener or a connection that has ended. */
SLUICE_API int sluice_get_tcp_info(const sluice_stack* stack, sluice_socket socket, sluice_tcp_info* info);

/* What sluice_tcp_info has no room for. */
typedef struct sluice_tcp_counts {
  uint32_t sent_again;      /* segments since the connection began; probes and SYNs among them */
  uint32_t in_flight_bytes; /* what is believed to be in the network (RFC 6675's pipe) */
  uint32_t sacked_bytes;    /* of what is not acknowledged: what the peer has reported as arrived */
  uint32_t lost_bytes;      /* and what counts as lost and was not sent again since */
  uint8_t sack;             /* negotiated (RFC 2018) */
  uint8_t ecn;              /* negotiated (RFC 3168) */
  uint8_t reordering;       /* segments have been seen to overtake each other (RFC 8985) */
} sluice_tcp_counts;
/* size: sizeof(sluice_tcp_counts) of the caller, who may have been compiled with an older, shorter one: no more is
 * written. 0, or SLUICE_INVALID for a listener or a connection that has ended. */
SLUICE_API int sluice_get_tcp_counts(const sluice_stack* stack, sluice_socket socket, sluice_tcp_counts* counts,
                                     size_t size);

/* What a stack holds now. */
enum sluice_usage {
  SLUICE_PACKETS_LEFT = 1, /* of sluice_stack_config.packets */
  SLUICE_CONNECTIONS = 2,  /* that take memory, those included that are closing */
  SLUICE_HALF_OPEN = 3,
  SLUICE_IN_TIME_WAIT = 4
};
/* The number, or SLUICE_INVALID. */
SLUICE_API int64_t sluice_usage_of(const sluice_stack* stack, int usage);

/* A counter of include/sluice/counters.def by its metric name: "tcp_fast_retransmits_total",
 * "drops_total{room=\"tcp\",reason=\"paws\"}". SLUICE_INVALID: there is none of that name. */
SLUICE_API int64_t sluice_counter(const sluice_stack* stack, const char* metric);

#ifdef __cplusplus
}
#endif

#endif
