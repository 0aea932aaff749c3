/* Computes for a while and prints what it got. It could use sockets, and never does: whatever a change
 * to its socket calls breaks elsewhere shows here. */
#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uint32_t state = 2463534242u;

static uint32_t next_number(void) {
    state ^= state << 13;
    state ^= state >> 17;
    return state ^= state << 5;
}

static uint64_t hash(const void *data, size_t size) {
    const unsigned char *bytes = data;
    uint64_t value = 14695981039346656037ull;
    for (size_t i = 0; i < size; i++) value = (value ^ bytes[i]) * 1099511628211ull;
    return value;
}

static int by_value(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void sorting(void) {
    enum { COUNT = 200000 };
    uint32_t *numbers = malloc(COUNT * sizeof *numbers);
    if (!numbers) abort();
    for (int i = 0; i < COUNT; i++) numbers[i] = next_number();
    qsort(numbers, COUNT, sizeof *numbers, by_value);
    printf("sorted %016llx\n", (unsigned long long)hash(numbers, COUNT * sizeof *numbers));
    free(numbers);
}

static void fractal(void) {
    for (int row = 0; row < 12; row++) {
        char line[49] = "";
        for (int column = 0; column < 48; column++) {
            double re = column / 16.0 - 2.1, im = row / 5.0 - 1.1, x = 0, y = 0;
            int steps = 0;
            while (x * x + y * y < 4 && steps < 200) {
                double t = x * x - y * y + re;
                y = 2 * x * y + im;
                x = t;
                steps++;
            }
            line[column] = steps < 200 ? " .:-=+*#%"[steps % 9] : '@';
        }
        printf("|%s|\n", line);
    }
}

/* Calls through a table, so that element segments matter. */
static double twice(double x) { return 2 * x; }
static double (*const functions[])(double) = {sin, cos, twice, sqrt, fabs};

static void tables(void) {
    double sum = 0;
    for (int i = 0; i < 100000; i++) sum += functions[next_number() % 5](i * 0.001);
    printf("sum %.6f\n", sum);
}

static void text(void) {
    char *all = NULL;
    size_t length = 0, room = 0;
    for (int i = 0; i < 20000; i++) {
        char word[32];
        int size = snprintf(word, sizeof word, "%u/%x ", next_number() % 1000, i);
        if (length + (size_t)size + 1 > room) {
            room = room * 2 + 64;
            if (!(all = realloc(all, room))) abort();
        }
        memcpy(all + length, word, (size_t)size + 1);
        length += (size_t)size;
    }
    printf("text of %zu, %016llx\n", length, (unsigned long long)hash(all, length));
    free(all);
}

static void file(void) {
    FILE *f = fopen("/tmp/compute.txt", "w+");
    if (!f) return;
    for (int i = 0; i < 1000; i++) fprintf(f, "%d\n", i * i);
    rewind(f);
    long sum = 0, value;
    while (fscanf(f, "%ld", &value) == 1) sum += value;
    fclose(f);
    remove("/tmp/compute.txt");
    printf("file %ld\n", sum);
}

/* Reached only with an argument that nobody gives. */
static int network(const char *host) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7)};
    char buffer[16];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, host, &address.sin_addr);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) return 1;
    ssize_t n = send(fd, host, strlen(host), 0);
    if (n > 0) n = recv(fd, buffer, sizeof buffer, 0);
    close(fd);
    return n < 0;
}

int main(int argc, char **argv) {
    if (argc > 2 && strcmp(argv[1], "network") == 0) return network(argv[2]);
    sorting();
    fractal();
    tables();
    text();
    file();
    return 9;
}
