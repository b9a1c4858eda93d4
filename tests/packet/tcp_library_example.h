/* The example of sluice_tcp_test.h, run by tcp_library_test. */
#ifndef SLUICE_TCP_LIBRARY_EXAMPLE_H
#define SLUICE_TCP_LIBRARY_EXAMPLE_H

#ifdef __cplusplus
extern "C" {
#endif

/* Two hosts on one wire greet each other. 0, or the number of the line that went wrong. */
int greet_each_other(void);

#ifdef __cplusplus
}
#endif

#endif
