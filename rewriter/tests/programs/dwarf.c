// Functions with locations, ranges and inlining, among calls of an import that is replaced.
#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))
IMPORT("__syscall_bind") int bind_call(int, int, int, int, int, int);
IMPORT("__syscall_listen") int listen_call(int, int, int, int, int, int);

static inline int both(int fd, int value) {
  int first = bind_call(fd, value, 0, 0, 0, 0);
  return first ? first : listen_call(fd, value, 0, 0, 0, 0);
}

int plain(int a, int b) {
  int sum = 0;
  for (int i = a; i < b; i++) sum += i * b;
  return sum;
}

int server(int fd, int count) {
  int failures = 0;
  for (int i = 0; i < count; i++) {
    if (both(fd, i)) failures += plain(i, count);
    else { int more = both(fd + 1, i); failures -= more; }
  }
  return failures;
}

int last(int *values, int count) {
  int best = values[0];
  for (int i = 1; i < count; i++) if (values[i] > best) best = values[i];
  return best + server(best, count);
}
