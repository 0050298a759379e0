/* Which blocks of a frame show, as its alpha plane: VP8L without its header (WebP lossless bitstream specification), a
 * palette of two colours, then literals and copies from the left and from above.
 *
 * A general alpha coder spends more time on such a plane than the picture itself takes (3–5 ms for 640x360): it doesn't
 * know that every 16 rows repeat. This one does. */
#include "webp_planes.h"

#include <stdlib.h>
#include <string.h>

enum {
    PIXELS = 8,                 /* in a symbol: two colours take one bit each */
    LONGEST = 4096,             /* a copy, in symbols */
    COPIES = 24,                /* classes of lengths */
    CODES = 2 + COPIES,         /* hidden, shown, copies */
    LONGEST_CODE = 9,
    COMPRESSED = 1,             /* the first byte of ALPH: lossless, no filter, levels as they are */
    HEADER = 128,               /* bytes; more than the codes' own description takes */
    TOKEN = 3,                  /* bytes; more than a literal or a copy takes */
};

/* Huffman code lengths, fitted once to masks of real clips. Fixed ones save a pass over each mask, for some bytes. */
static const uint8_t BITS[CODES] = {3, 2, 9, 3, 5, 5, 4, 5, 5, 6, 5, 6, 5, 7, 7, 9, 9, 9, 7, 6, 5, 5, 4, 6, 6, 6};
/* The lengths in use and 18, which says a run of zeros; codes of three bits each, in this order. */
static const uint8_t TOLD[8] = {2, 3, 4, 5, 6, 7, 9, 18};
static const uint8_t TOLD_ORDER[19] = {17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

typedef struct {
    uint8_t *out;
    size_t used;
    uint64_t bits;
    int32_t waiting;
    uint16_t code[CODES];       /* the bit that is read first is the lowest */
} writer;

static void put(writer *w, uint32_t value, int32_t count) {
    w->bits |= (uint64_t)value << w->waiting;
    for (w->waiting += count; w->waiting >= 8; w->waiting -= 8, w->bits >>= 8)
        w->out[w->used++] = (uint8_t)w->bits;
}

static uint32_t turned(uint32_t code, int32_t bits) {
    uint32_t back = 0;
    for (int32_t i = 0; i < bits; i++)
        back |= (code >> i & 1) << (bits - 1 - i);
    return back;
}

/* -- the header ----------------------------------------------------------------------------------------------- */

static void find_codes(writer *w) {
    uint32_t code = 0;
    for (int32_t bits = 1; bits <= LONGEST_CODE; bits++, code <<= 1)
        for (int32_t i = 0; i < CODES; i++)
            if (BITS[i] == bits)
                w->code[i] = (uint16_t)turned(code++, bits);
}

static int32_t told_place(int32_t length) {
    for (int32_t i = 0; i < 8; i++)
        if (TOLD[i] == length)
            return i;
    return -1;
}

static void tell(writer *w, int32_t length) {
    put(w, turned((uint32_t)told_place(length), 3), 3);
}

static void tell_zeros(writer *w, uint32_t count) {
    tell(w, 18);
    put(w, count - 11, 7);
}

/* The code of "green": symbols 0, 255 and 256 to 279; none of those between is in use. */
static void put_green_code(writer *w) {
    put(w, 0, 1);
    put(w, 19 - 4, 4);
    for (int32_t i = 0; i < 19; i++)
        put(w, told_place(TOLD_ORDER[i]) < 0 ? 0 : 3, 3);
    put(w, 0, 1);
    tell(w, BITS[0]);
    tell_zeros(w, 138);
    tell_zeros(w, 254 - 138);
    for (int32_t i = 1; i < CODES; i++)
        tell(w, BITS[i]);
}

static void put_code_of_zero(writer *w) {
    put(w, 1, 4);
}

static void put_code_of_two(writer *w, uint32_t first, uint32_t second) {
    put(w, 3, 2);
    put(w, 0, 1);
    put(w, first, 1);
    put(w, second, 8);
}

static void put_palette(writer *w) {
    put(w, 1, 1);               /* a transform: */
    put(w, 3, 2);               /* a palette, */
    put(w, 2 - 1, 8);           /* ... of two colours, */
    put(w, 0, 1);               /* ... coded without a cache */
    put_code_of_two(w, 0, 255);
    for (int32_t i = 0; i < 4; i++)
        put_code_of_zero(w);
    put(w, 2, 2);               /* 0, then 255 */
}

static void put_header(writer *w) {
    put(w, COMPRESSED, 8);
    put_palette(w);
    put(w, 0, 3);               /* no more transforms, no cache, one set of codes */
    put_green_code(w);
    for (int32_t i = 0; i < 3; i++)
        put_code_of_zero(w);
    put_code_of_two(w, 0, 1);   /* distances: above, left */
}

/* -- the symbols ---------------------------------------------------------------------------------------------- */

static void put_symbol(writer *w, int32_t place) {
    put(w, w->code[place], BITS[place]);
}

/* A copy's length: its class by Huffman code, then the bits that tell it from others of the class. */
static void put_length(writer *w, uint32_t length) {
    if (length <= 4) {
        put_symbol(w, 2 + (int32_t)length - 1);
        return;
    }
    uint32_t rest = length - 1;
    int32_t extra = 0;
    while (rest >> (extra + 2))
        extra++;
    put_symbol(w, 2 + 2 * extra + (int32_t)(rest >> extra));
    put(w, rest & ((1u << extra) - 1), extra);
}

/* From `from` on, the first place where a copy from `distance` back can't go on. */
static size_t next_break(const uint8_t *symbols, size_t size, size_t from, size_t distance) {
    if (from < distance)
        return from;
    while (from < size && symbols[from] == symbols[from - distance])
        from++;
    return from;
}

/* Greedy: copy what agrees longest with the left or with the row above, else say it. */
static void put_symbols(writer *w, const uint8_t *symbols, size_t size, size_t row) {
    size_t left = 0, above = 0, place = 0;
    while (place < size) {
        left = left > place ? left : next_break(symbols, size, place, 1);
        above = above > place ? above : next_break(symbols, size, place, row);
        size_t end = above >= left ? above : left;
        size_t length = end - place < LONGEST ? end - place : LONGEST;
        if (length > 1) {
            put_length(w, (uint32_t)length);
            put(w, above < left, 1);
        } else {
            length = 1;
            put_symbol(w, symbols[place]);
        }
        place += length;
    }
}

static void spread(const webp_patch *patch, const uint8_t *blocks, uint8_t *symbols, size_t row) {
    for (int32_t y = 0; y < patch->height; y++, symbols += row) {
        const uint8_t *shown = blocks + (size_t)(y / WEBP_BLOCK) * (size_t)patch->columns;
        for (size_t x = 0; x < row; x++)
            symbols[x] = shown[x / (WEBP_BLOCK / PIXELS)] == WEBP_SHOWN;
    }
}

static size_t row_of(const webp_patch *patch) {
    return (size_t)(patch->width + PIXELS - 1) / PIXELS;
}

size_t webp_mask_room(const webp_patch *patch) {
    size_t row = row_of(patch), tokens = (size_t)patch->rows * (row + 2) + row * (size_t)patch->height / LONGEST;
    return HEADER + TOKEN * (tokens + 1);
}

size_t webp_mask(const webp_patch *patch, const uint8_t *blocks, uint8_t *out) {
    size_t row = row_of(patch), size = row * (size_t)patch->height;
    uint8_t *symbols = malloc(size);
    if (!symbols)
        return 0;
    writer w = {.out = out};
    spread(patch, blocks, symbols, row);
    find_codes(&w);
    put_header(&w);
    put_symbols(&w, symbols, size, row);
    put(&w, 0, 7);              /* the last bits, up to a whole byte */
    free(symbols);
    return w.used;
}
