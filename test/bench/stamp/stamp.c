/* The process of every benchmarked container. It reads the clock before anything else and reports that over a unix
 * socket, "NAME NANOSECONDS\n"; the socket's end then tells that it is gone. CLOCK_MONOTONIC is one clock for the whole
 * machine, and process.hrtime's.
 *
 * stamp SOCKET NAME exits|ignores: what it does on SIGTERM. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (argc != 4) return 2;

  /* Blocked, so that even a PID 1 gets it, and only when it asks for it. */
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigprocmask(SIG_BLOCK, &term, NULL);

  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
  int report = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(report, (struct sockaddr *)&address, sizeof address) != 0) return 1;
  dprintf(report, "%s %lld%09ld\n", argv[2], (long long)now.tv_sec, now.tv_nsec);

  int signal;
  if (strcmp(argv[3], "exits") == 0) return sigwait(&term, &signal);
  for (;;) pause();
}
