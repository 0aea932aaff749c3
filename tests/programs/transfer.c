/* Sends and receives MEBIBYTES in random pieces with random pauses, and prints a hash of each way: PORT MEBIBYTES. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BLOCK (1 << 20)
#define PIECE 200000

static unsigned char block[BLOCK], buffer[PIECE];

static uint32_t state = 12345;
static uint32_t random_number(void) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static uint64_t hash(uint64_t hash, const unsigned char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) hash = (hash ^ bytes[i]) * 0x100000001b3ull;
    return hash;
}

static void pause_now_and_then(void) {
    if (random_number() % 64 == 0) poll(NULL, 0, (int)(random_number() % 3));
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    long long total = atoll(argv[2]) << 20;
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)atoi(argv[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) return 3;
    for (int i = 0; i < BLOCK; i++) block[i] = (unsigned char)random_number();

    uint64_t sent_hash = 0xcbf29ce484222325ull, received_hash = sent_hash;
    for (long long sent = 0; sent < total;) {
        size_t size = 1 + random_number() % PIECE, at = random_number() % (BLOCK - PIECE);
        if ((long long)size > total - sent) size = (size_t)(total - sent);
        ssize_t n = send(fd, block + at, size, 0);
        if (n <= 0) return 4;
        sent_hash = hash(sent_hash, block + at, (size_t)n);
        sent += n;
        pause_now_and_then();
    }
    printf("sent %016llx\n", (unsigned long long)sent_hash);
    long long received = 0;
    for (;;) {
        ssize_t n = recv(fd, buffer, 1 + random_number() % PIECE, 0);
        if (n < 0) return 5;
        if (n == 0) break;
        received_hash = hash(received_hash, buffer, (size_t)n);
        received += n;
        pause_now_and_then();
    }
    printf("received %016llx, %lld bytes\n", (unsigned long long)received_hash, received);
    return 0;
}
