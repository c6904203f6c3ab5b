// Feeds buffers of different lengths through the 16 lanes of md5_blocks: a lane takes the next buffer when its own
// ends.
#include "table.h"

#include <string.h>

enum { LANES = 16 };

struct lane {
    const uint8_t *data; // next full block
    size_t blocks;       // full blocks left at `data`
    int tail;            // blocks in `padded` still to come after those; 0: none
    size_t job;
    uint8_t padded[128];
};

static const uint8_t idle_block[64];

// Splits a buffer into its full blocks and one or two blocks of rest, 0x80, zeros and bit length.
static void begin(struct lane *lane, size_t job, const uint8_t *data, size_t length) {
    size_t rest = length % 64;
    lane->job = job;
    lane->data = data;
    lane->blocks = length / 64;
    lane->tail = rest < 56 ? 1 : 2;
    memset(lane->padded, 0, sizeof lane->padded);
    if (rest) memcpy(lane->padded, data + (length - rest), rest);
    lane->padded[rest] = 0x80;
    uint64_t bits = (uint64_t)length * 8;
    for (int i = 0; i < 8; i++) lane->padded[lane->tail * 64 - 8 + i] = (uint8_t)(bits >> (8 * i));
    if (!lane->blocks) {
        lane->data = lane->padded;
        lane->blocks = (size_t)lane->tail;
        lane->tail = 0;
    }
}

static void reset(uint32_t state[4][LANES], int l) {
    state[0][l] = 0x67452301;
    state[1][l] = 0xefcdab89;
    state[2][l] = 0x98badcfe;
    state[3][l] = 0x10325476;
}

void ck_md5_many_at(const struct ck_table *table, size_t count, const uint8_t *const *data, const size_t *length,
                    uint8_t (*digest)[16]) {
    struct lane lanes[LANES];
    uint32_t state[4][LANES];
    const uint8_t *pointers[LANES];
    size_t strides[LANES];
    size_t next = 0;
    int active = 0;
    for (int l = 0; l < LANES; l++) {
        lanes[l].blocks = 0;
        reset(state, l);
        if (next < count) {
            begin(&lanes[l], next, data[next], length[next]);
            next++;
            active++;
        }
    }
    while (active) {
        size_t run = SIZE_MAX;
        for (int l = 0; l < LANES; l++) {
            int is_idle = !lanes[l].blocks;
            pointers[l] = is_idle ? idle_block : lanes[l].data;
            strides[l] = is_idle ? 0 : 64;
            if (!is_idle && lanes[l].blocks < run) run = lanes[l].blocks;
        }
        table->md5_blocks(state, pointers, strides, run);
        for (int l = 0; l < LANES; l++) {
            struct lane *lane = &lanes[l];
            if (!lane->blocks) continue;
            lane->blocks -= run;
            lane->data += run * 64;
            if (lane->blocks) continue;
            if (lane->tail) {
                lane->data = lane->padded;
                lane->blocks = (size_t)lane->tail;
                lane->tail = 0;
                continue;
            }
            for (int i = 0; i < 16; i++) digest[lane->job][i] = (uint8_t)(state[i / 4][l] >> (8 * (i % 4)));
            reset(state, l);
            if (next < count) {
                begin(lane, next, data[next], length[next]);
                next++;
            } else {
                active--;
            }
        }
    }
}
