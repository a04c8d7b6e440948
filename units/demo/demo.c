/* The demo pod's program: prints a line every ten seconds and ends, with 0, on SIGTERM or SIGINT. No libc, so that the
 * whole image is this one file of under a kilobyte. Rebuild with units/demo/build.sh. */

#if defined(__x86_64__)
enum { WRITE = 1, RT_SIGPROCMASK = 14, RT_SIGTIMEDWAIT = 128, EXIT_GROUP = 231 };
static long call(long number, long a, long b, long c, long d) {
  long result;
  register long r10 __asm__("r10") = d;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
enum { WRITE = 64, RT_SIGPROCMASK = 135, RT_SIGTIMEDWAIT = 137, EXIT_GROUP = 94 };
static long call(long number, long a, long b, long c, long d) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
}
#endif

enum { SIGINT = 2, SIGTERM = 15, BLOCK = 0, STDOUT = 1 };
static const char line[] = "the demo pod is running\n";

void _start(void) {
  /* Signals are waited for, not handled: a PID 1 without a handler never gets SIGTERM unless it is blocked. */
  const unsigned long stops = 1UL << (SIGINT - 1) | 1UL << (SIGTERM - 1);
  const struct { long seconds, nanoseconds; } pause = {10, 0};
  call(RT_SIGPROCMASK, BLOCK, (long)&stops, 0, sizeof stops);
  do {
    call(WRITE, STDOUT, (long)line, sizeof line - 1, 0);
  } while (call(RT_SIGTIMEDWAIT, (long)&stops, 0, (long)&pause, sizeof stops) < 0);
  call(EXIT_GROUP, 0, 0, 0, 0);
  __builtin_unreachable();
}
