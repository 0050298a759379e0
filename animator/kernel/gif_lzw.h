/* LZW as GIF has it (GIF89a, appendix F): codes of growing length into sub-blocks, and the dictionary behind them. */
#ifndef ZOETROPE_GIF_LZW_H
#define ZOETROPE_GIF_LZW_H

#include "gif.h"

#include <string.h>

enum { BLOCK = 255, SMALLEST_CODE = 2, LARGEST_SIZE = 12, OVERTIME = 128 };

typedef struct {
    uint8_t *out;
    size_t used, block;     /* bytes written; where the current sub-block's length stands */
    uint32_t bits;
    int32_t waiting;        /* bits not yet written, less than 8 between calls */
} bit_writer;

static inline void open_block(bit_writer *w) {
    w->block = w->used++;
    w->out[w->block] = 0;
}

static inline void put_byte(bit_writer *w, uint32_t value) {
    if (w->out[w->block] == BLOCK)
        open_block(w);
    w->out[w->used++] = (uint8_t)value;
    w->out[w->block]++;
}

static inline void put_code(bit_writer *w, int32_t code, int32_t size) {
    w->bits |= (uint32_t)code << w->waiting;
    w->waiting += size;
    while (w->waiting >= 8) {
        put_byte(w, w->bits & 255);
        w->bits >>= 8;
        w->waiting -= 8;
    }
}

static inline void close_blocks(bit_writer *w) {
    if (w->waiting)
        put_byte(w, w->bits & 255);
    if (w->out[w->block])
        w->out[w->used++] = 0;
}

typedef struct {
    bit_writer bits;
    int32_t clear, next, size;      /* the clear code, the next free code, bits in a code now */
    int64_t pixels, spent;          /* pixels and bits since the dictionary was empty */
    int32_t overtime;               /* codes written since it was full, or looked at: up to OVERTIME */
    int64_t before;                 /* pixels when those began */
    int32_t current;                /* the string so far, -1 for none */
} coder;

static inline void restart(coder *c, gif_strings *s, int32_t indices) {
    put_code(&c->bits, c->clear, c->size);
    memset(s->first, 0, sizeof s->first);
    memset(s->leave, 0, sizeof s->leave);
    memset(s->pair, 0, sizeof s->pair[0] * GIF_PALETTE * (size_t)indices);
    c->next = c->clear + 2;
    c->overtime = 0;
    c->pixels = c->spent = 0;
    c->size = 1;
    while (1 << c->size <= c->clear)
        c->size++;
}

static inline coder begin(uint8_t *out, gif_strings *s, int32_t indices) {
    int32_t depth = SMALLEST_CODE;
    while (1 << depth < indices)
        depth++;
    coder c = {.bits = {.out = out}, .clear = 1 << depth, .size = depth + 1, .current = -1};
    c.bits.out[c.bits.used++] = (uint8_t)depth;
    open_block(&c.bits);
    restart(&c, s, indices);
    return c;
}

/* 1 when a full dictionary is to be forgotten: a bit of the last codes stood for fewer pixels than one did since it was
 * empty. Until then its long strings outweigh that it learns no more. */
static inline int32_t worn_out(coder *c) {
    if (!c->overtime++)
        c->before = c->pixels;
    if (c->overtime <= OVERTIME)
        return 0;
    c->overtime = 0;
    return (c->pixels - c->before) * c->spent < c->pixels * OVERTIME * LARGEST_SIZE;
}

/* Remember current + index (the last one is for leaving) as a string of its own; or start over when all codes are taken
 * and worn out. */
static inline void learn(coder *c, gif_strings *s, int32_t index, int32_t indices) {
    if (c->next == GIF_CODES) {
        if (worn_out(c))
            restart(c, s, indices);
        return;
    }
    if (index == indices - 1) {
        s->leave[c->current] = (uint16_t)c->next;
    } else {
        s->next[c->next] = s->first[c->current];
        s->first[c->current] = (uint16_t)c->next;
        if (c->current < c->clear)
            s->pair[c->current * GIF_PALETTE + index] = (uint16_t)c->next;
    }
    s->colour[c->next] = (uint8_t)index;
    if (c->next == 1 << c->size && c->size < LARGEST_SIZE)
        c->size++;
    c->next++;
}

/* The child of the current string that goes on with exactly this colour; 0 for none, or with no current string. */
static inline int32_t same_child(const coder *c, const gif_strings *s, int32_t index) {
    if (c->current < 0)
        return 0;
    if (c->current < c->clear)
        return s->pair[c->current * GIF_PALETTE + index];
    int32_t child = s->first[c->current];
    while (child && s->colour[child] != index)
        child = s->next[child];
    return child;
}

/* The child that goes on with a pixel left alone; 0 for none, or with no current string. */
static inline int32_t leaving_child(const coder *c, const gif_strings *s) {
    return c->current < 0 ? 0 : s->leave[c->current];
}

/* Go on with `string` where there is one; else write the current string and begin anew with `index`. */
static inline void step(coder *c, gif_strings *s, int32_t string, int32_t index, int32_t indices) {
    c->pixels++;
    if (string) {
        c->current = string;
        return;
    }
    if (c->current >= 0) {
        put_code(&c->bits, c->current, c->size);
        c->spent += c->size;
        learn(c, s, index, indices);
    }
    c->current = index;
}

static inline void finish(coder *c) {
    if (c->current >= 0)
        put_code(&c->bits, c->current, c->size);
    if (c->next == 1 << c->size && c->size < LARGEST_SIZE)
        c->size++;
    put_code(&c->bits, c->clear + 1, c->size);
    close_blocks(&c->bits);
}

#endif
