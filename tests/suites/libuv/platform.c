/* What libuv wants to know of a platform, answered for a program in wasm: its posix-poll build for the Hurd (__GNU__) lacks
 * these functions only. There is one network, loopback, and the suite may be run by whatever user the wasm thinks it is. */

#include <stdlib.h>

#include "internal.h"
#include "uv.h"

__attribute__((constructor)) static void allow_root(void) {
    setenv("UV_RUN_AS_ROOT", "1", 1);
}

int uv_exepath(char *buffer, size_t *size) {
    (void)buffer;
    (void)size;
    return UV_ENOSYS;
}

int uv_resident_set_memory(size_t *size) {
    (void)size;
    return UV_ENOSYS;
}

int uv_uptime(double *seconds) {
    (void)seconds;
    return UV_ENOSYS;
}

int uv_cpu_info(uv_cpu_info_t **infos, int *count) {
    (void)infos;
    (void)count;
    return UV_ENOSYS;
}

void uv_loadavg(double averages[3]) {
    averages[0] = averages[1] = averages[2] = 0;
}

int uv_interface_addresses(uv_interface_address_t **addresses, int *count) {
    uv_interface_address_t *both = uv__calloc(2, sizeof(*both));
    if (!both) return UV_ENOMEM;
    both[0].name = both[1].name = "lo";
    both[0].is_internal = both[1].is_internal = 1;
    uv_ip4_addr("127.0.0.1", 0, &both[0].address.address4);
    uv_ip4_addr("255.0.0.0", 0, &both[0].netmask.netmask4);
    uv_ip6_addr("::1", 0, &both[1].address.address6);
    uv_ip6_addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0, &both[1].netmask.netmask6);
    *addresses = both;
    *count = 2;
    return 0;
}

void uv_free_interface_addresses(uv_interface_address_t *addresses, int count) {
    (void)count;
    uv__free(addresses);
}
