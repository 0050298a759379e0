/* Counting colours: exact ones while they are few, else with a bit less of a channel, as often as it takes. */
#include "gif_census.h"

#include "gif_palette.h"

#include <string.h>

enum {
    HASH_SHIFT = 32 - 13,       /* 2 to the 13th is GIF_CENSUS_SLOTS */
    EXACT = 1 << 24,            /* in the key of a bin that is a single colour */
};

void gif_census_clear(gif_census *census, int32_t most) {
    census->most = most;
    census->mask = 0xffffffu;
    census->held = census->coarsened = 0;
    census->noted = 0;
    memset(census->slot, 0, sizeof census->slot);
}

/* Where a key's bin is noted, or would be. */
static uint32_t slot_of(const gif_census *census, uint32_t key) {
    uint32_t slot = (key * 2654435761u) >> HASH_SHIFT;
    while (census->slot[slot] && census->key[census->slot[slot] - 1] != key)
        slot = (slot + 1) % GIF_CENSUS_SLOTS;
    return slot;
}

/* The bin of a key; a new and empty one when there was none. */
static gif_bin *bin_of(gif_census *census, uint32_t key) {
    uint32_t slot = slot_of(census, key);
    if (census->slot[slot])
        return &census->bins[census->slot[slot] - 1];
    int32_t place = census->held++;
    census->slot[slot] = (uint16_t)census->held;
    census->key[place] = key;
    census->bins[place] = (gif_bin){0, 0, 0, 0, 0};
    return &census->bins[place];
}

/* The bin of a colour: its own, else that of all colours like it. */
static gif_bin *bin_for(gif_census *census, uint32_t rgb) {
    uint32_t slot = slot_of(census, rgb | EXACT);
    if (census->slot[slot])
        return &census->bins[census->slot[slot] - 1];
    return bin_of(census, census->coarsened ? rgb & census->mask : rgb | EXACT);
}

/* 1 when a bin is a single colour that is found more than twice as often as the mean of a full census. */
static int32_t stands_alone(const gif_census *census, uint32_t key, uint64_t count) {
    return (key & EXACT) && count * (uint64_t)census->most > 2 * census->noted;
}

/* Look at a bit less of one channel, blue, red and green in turns, but keep frequent colours apart. Bins only move
 * towards the front, so that it can be done in place. */
static void coarsen(gif_census *census) {
    static const int32_t turns[] = {0, 16, 8};
    int32_t held = census->held, shift = turns[census->coarsened++ % 3];
    census->mask &= ~(0xffu << shift) | (census->mask << 1 & 0xfeu << shift);
    census->held = 0;
    memset(census->slot, 0, sizeof census->slot);
    for (int32_t k = 0; k < held; k++) {
        gif_bin one = census->bins[k];
        uint32_t key = census->key[k];
        gif_bin *bin = bin_of(census, stands_alone(census, key, one.count) ? key : key & census->mask);
        bin->count += one.count;
        bin->r += one.r;
        bin->g += one.g;
        bin->b += one.b;
        bin->squares += one.squares;
    }
}

void gif_census_note(gif_census *census, uint32_t rgb, uint32_t weight) {
    while (census->held == census->most)
        coarsen(census);
    gif_bin *bin = bin_for(census, rgb);
    uint32_t r = rgb >> 16 & 255, g = rgb >> 8 & 255, b = rgb & 255;
    uint32_t light = GIF_LIGHT_R * r + GIF_LIGHT_G * g + GIF_LIGHT_B * b;
    uint32_t square = GIF_LIGHT * GIF_LIGHT * (GIF_WEIGHT_R * r * r + GIF_WEIGHT_G * g * g + GIF_WEIGHT_B * b * b) +
                      GIF_WEIGHT_LIGHT * light * light;
    census->noted += weight;
    bin->count += weight;
    bin->r += weight * r;
    bin->g += weight * g;
    bin->b += weight * b;
    bin->squares += (uint64_t)weight * square;
}
