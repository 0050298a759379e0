/* LZW as GIF has it, with a choice: a string may go on with any colour close enough to the wanted one. */
#include "gif.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 255, SMALLEST_CODE = 2, PATIENCE = 24 };

/* -- bits into sub-blocks ------------------------------------------------------------------------------------- */

typedef struct {
    uint8_t *out;
    size_t used, block;     /* bytes written; where the current sub-block's length stands */
    uint32_t bits;
    int32_t waiting;        /* bits not yet written, less than 8 between calls */
} bit_writer;

static void open_block(bit_writer *w) {
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

static void close_blocks(bit_writer *w) {
    if (w->waiting)
        put_byte(w, w->bits & 255);
    if (w->out[w->block])
        w->out[w->used++] = 0;
}

/* -- strings -------------------------------------------------------------------------------------------------- */

typedef struct {
    bit_writer bits;
    int32_t clear, next, size;      /* the clear code, the next free code, bits in a code now */
    int32_t current;                /* the string so far, -1 for none */
} coder;

static void restart(coder *c, gif_strings *s, int32_t colours) {
    put_code(&c->bits, c->clear, c->size);
    memset(s->first, 0, sizeof s->first);
    memset(s->pair, 0, sizeof s->pair[0] * GIF_PALETTE * (size_t)colours);
    c->next = c->clear + 2;
    c->size = 1;
    while (1 << c->size <= c->clear)
        c->size++;
}

/* Remember current + colour as a string of its own, or start over when all codes are taken. */
static inline void learn(coder *c, gif_strings *s, int32_t index, int32_t indices) {
    if (c->next == GIF_CODES) {
        restart(c, s, indices);
        return;
    }
    s->colour[c->next] = (uint8_t)index;
    s->next[c->next] = s->first[c->current];
    s->first[c->current] = (uint16_t)c->next;
    if (c->current < c->clear)
        s->pair[c->current * GIF_PALETTE + index] = (uint16_t)c->next;
    if (c->next == 1 << c->size && c->size < 12)
        c->size++;
    c->next++;
}

static inline int32_t error_to(const gif_head *head, int32_t index, uint32_t wanted) {
    const uint8_t *colour = head->palette + 3 * index;
    return gif_error(colour[0] - (int32_t)(wanted >> 16 & 255), colour[1] - (int32_t)(wanted >> 8 & 255),
                     colour[2] - (int32_t)(wanted & 255));
}

/* The child of the current string that goes on with exactly this index; 0 for none. */
static inline int32_t same_child(const gif_strings *s, int32_t current, int32_t index) {
    int32_t child = s->first[current];
    while (child && s->colour[child] != index)
        child = s->next[child];
    return child;
}

/* The child nearest to the wanted colour, if it is no further off than `allowed`; 0 for none. */
static inline int32_t near_child(const gif_part *part, int32_t current, uint32_t wanted, int32_t allowed) {
    const gif_strings *s = &part->strings;
    int32_t best = 0, patience = PATIENCE;
    for (int32_t child = s->first[current]; child && patience; child = s->next[child], patience--) {
        if (s->colour[child] == part->head.colours)
            continue;
        int32_t error = error_to(&part->head, s->colour[child], wanted);
        if (error <= allowed) {
            allowed = error - 1;
            best = child;
        }
    }
    return best;
}

/* The string that pixel `at` may lengthen the current one to; 0 when it has to begin a new one. */
static inline int32_t longer(const gif_part *part, int32_t current, int32_t clear, size_t at) {
    int32_t index = part->index[at];
    if (current < clear && part->strings.pair[current * GIF_PALETTE + index])
        return part->strings.pair[current * GIF_PALETTE + index];
    if (index == part->head.colours || part->head.lossless)
        return current < clear ? 0 : same_child(&part->strings, current, index);
    uint32_t wanted = part->wanted[at];
    int32_t allowed = error_to(&part->head, index, wanted) + part->tolerance[wanted >> 24 & (GIF_LEVELS - 1)];
    return near_child(part, current, wanted, allowed);
}

static void code_row(coder *c, gif_part *part, size_t from, size_t to) {
    for (size_t at = from; at < to; at++) {
        if (c->current < 0) {
            c->current = part->index[at];
            continue;
        }
        int32_t string = longer(part, c->current, c->clear, at);
        if (string) {
            c->current = string;
            continue;
        }
        put_code(&c->bits, c->current, c->size);
        learn(c, &part->strings, part->index[at], part->head.colours + 1);
        c->current = part->index[at];
    }
}

static void finish(coder *c) {
    if (c->current >= 0)
        put_code(&c->bits, c->current, c->size);
    if (c->next == 1 << c->size && c->size < 12)
        c->size++;
    put_code(&c->bits, c->clear + 1, c->size);
    close_blocks(&c->bits);
}

size_t gif_compress(gif_part *part, uint8_t *out, size_t room) {
    const gif_head *head = &part->head;
    if (room < gif_room(head->width, head->height))
        return 0;
    int32_t depth = SMALLEST_CODE;
    while (1 << depth < head->colours + 1)
        depth++;
    coder c = {{out, 0, 0, 0, 0}, 1 << depth, 0, depth + 1, -1};
    out[c.bits.used++] = (uint8_t)depth;
    open_block(&c.bits);
    restart(&c, &part->strings, head->colours + 1);
    for (int32_t y = head->y; y < head->y + head->height; y++) {
        size_t row = (size_t)y * (size_t)part->canvas_width + (size_t)head->x;
        code_row(&c, part, row, row + (size_t)head->width);
    }
    finish(&c);
    return c.bits.used;
}

/* -- parts ---------------------------------------------------------------------------------------------------- */

size_t gif_room(int32_t width, int32_t height) {
    size_t codes = (size_t)width * (size_t)height;
    codes += codes / (GIF_CODES - 512) + 4;     /* a clear code each time the dictionary is full */
    size_t bytes = codes + codes / 2 + 8;       /* 12 bits a code */
    return bytes + bytes / BLOCK + 8;
}

gif_part *gif_part_new(int32_t width, int32_t height) {
    gif_part *part = calloc(1, sizeof *part);
    if (!part)
        return NULL;
    size_t pixels = (size_t)width * (size_t)height;
    part->canvas_width = width;
    part->canvas_height = height;
    part->wanted = malloc(pixels * sizeof *part->wanted);
    part->index = malloc(pixels);
    if (part->wanted && part->index)
        return part;
    gif_part_free(part);
    return NULL;
}

void gif_part_free(gif_part *part) {
    if (!part)
        return;
    free(part->wanted);
    free(part->index);
    free(part);
}
