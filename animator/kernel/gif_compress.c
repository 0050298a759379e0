/* Compression with a choice: a string may go on with any colour close enough to the wanted one. */
#include "gif_lzw.h"

#include <stdlib.h>

enum { PATIENCE = 24 };     /* children looked at for a near colour; the newest come first */

/* A pixel as LZW sees it. */
typedef struct {
    gif_rest colour;        /* wanted, with what its neighbours left over */
    int32_t index;          /* the best choice */
    int32_t allowed;        /* the largest error that a string may make */
    int32_t left;           /* the error when the pixel is left as it is shown; INT32_MAX when nothing is */
} gif_pixel;

static inline int32_t error_to(const gif_palette *palette, int32_t index, gif_rest want) {
    return gif_error(palette->r[index] - want.r, palette->g[index] - want.g, palette->b[index] - want.b);
}

/* The child nearest to the wanted colour, if it is no further off than allowed; 0 for none. */
static inline int32_t near_child(const gif_part *part, int32_t current, const gif_pixel *pixel) {
    const gif_strings *s = &part->strings;
    int32_t best = 0, patience = PATIENCE, allowed = pixel->allowed;
    if (s->leave[current] && pixel->left <= allowed) {
        allowed = pixel->left - 1;
        best = s->leave[current];
    }
    for (int32_t child = s->first[current]; child && patience; child = s->next[child], patience--) {
        int32_t error = error_to(&part->palette, s->colour[child], pixel->colour);
        if (error <= allowed) {
            allowed = error - 1;
            best = child;
        }
    }
    return best;
}

static inline int32_t clamped(int32_t value) {
    return value < 0 ? 0 : value > 255 ? 255 : value;
}

/* Let the neighbours to come make up for an error (Floyd and Steinberg's shares, in sixteenths). */
static inline void hand_on(gif_rest *rest, gif_rest *below, int32_t r, int32_t g, int32_t b) {
    rest[1].r += 7 * r, rest[1].g += 7 * g, rest[1].b += 7 * b;
    below[-1].r += 3 * r, below[-1].g += 3 * g, below[-1].b += 3 * b;
    below[0].r += 5 * r, below[0].g += 5 * g, below[0].b += 5 * b;
    below[1].r += r, below[1].g += g, below[1].b += b;
}

static inline gif_rest channels(uint32_t rgb) {
    return (gif_rest){(int32_t)(rgb >> 16 & 255), (int32_t)(rgb >> 8 & 255), (int32_t)(rgb & 255)};
}

static inline uint32_t packed(gif_rest c) {
    return (uint32_t)(c.r << 16 | c.g << 8 | c.b);
}

static inline gif_rest dithered(gif_rest wanted, const gif_rest *rest, int32_t share) {
    return (gif_rest){
        clamped(wanted.r + ((rest->r * share + 2048) >> 12)),
        clamped(wanted.g + ((rest->g * share + 2048) >> 12)),
        clamped(wanted.b + ((rest->b * share + 2048) >> 12)),
    };
}

static inline int32_t best_index(gif_palette *palette, gif_rest colour) {
    return palette->exact ? gif_palette_find(palette, packed(colour)) : gif_palette_nearest(palette, packed(colour));
}

/* The error of leaving a pixel as it is shown. */
static inline int32_t error_left(uint32_t shown, gif_rest wanted) {
    gif_rest now = channels(shown);
    return shown ? gif_error(now.r - wanted.r, now.g - wanted.g, now.b - wanted.b) : INT32_MAX;
}

/* A pixel that stays may as well be drawn in the very colour that it has, where that lengthens a string. */
static int32_t same_colour_child(const coder *c, const gif_part *part, uint32_t shown) {
    int32_t index = shown && part->palette.exact ? gif_palette_find(&part->palette, shown & 0xffffffu) : -1;
    return index < 0 ? 0 : same_child(c, &part->strings, index);
}

static void keep_pixel(coder *c, gif_part *part, size_t at) {
    int32_t leave = part->head.colours;
    int32_t string = leaving_child(c, &part->strings);
    if (!string)
        string = same_colour_child(c, part, part->shown[at]);
    step(c, &part->strings, string, leave, leave + 1);
}

static void draw_pixel(coder *c, gif_part *part, size_t at, gif_rest *rest, gif_rest *below) {
    int32_t level = (int32_t)(part->wanted[at] >> 24), leave = part->head.colours;
    gif_rest wanted = channels(part->wanted[at]);
    int32_t share = part->palette.exact ? 0 : part->tuning.dither[level];
    gif_pixel p = {.colour = dithered(wanted, rest, share), .left = error_left(part->shown[at], wanted)};
    p.index = best_index(&part->palette, p.colour);
    if (p.left < INT32_MAX && p.left - part->tuning.margin <= error_to(&part->palette, p.index, wanted)) {
        part->wanted[at] = part->shown[at] & 0xffffffu;
        keep_pixel(c, part, at);
        return;
    }
    int32_t string = same_child(c, &part->strings, p.index);
    if (!string && c->current >= 0) {
        p.allowed = error_to(&part->palette, p.index, p.colour) + part->tuning.lossy[level];
        string = near_child(part, c->current, &p);
    }
    int32_t index = string ? part->strings.colour[string] : p.index;
    step(c, &part->strings, string, index, leave + 1);
    if (index == leave) {
        part->wanted[at] = part->shown[at] & 0xffffffu;
        return;
    }
    gif_rest drawn = {part->palette.r[index], part->palette.g[index], part->palette.b[index]};
    part->wanted[at] = packed(drawn);
    if (share)
        hand_on(rest, below, p.colour.r - drawn.r, p.colour.g - drawn.g, p.colour.b - drawn.b);
}

/* A pixel that has to have its very colour: there is nothing to choose. */
static void draw_exactly(coder *c, gif_part *part, size_t at) {
    uint32_t wanted = part->wanted[at] & 0xffffffu;
    if (part->shown[at] && (part->shown[at] & 0xffffffu) == wanted) {
        keep_pixel(c, part, at);
    } else {
        int32_t index = gif_palette_find(&part->palette, wanted);
        step(c, &part->strings, same_child(c, &part->strings, index), index, part->head.colours + 1);
    }
    part->wanted[at] = wanted;
}

static void code_row(coder *c, gif_part *part, int32_t y) {
    const gif_head *head = &part->head;
    size_t row = (size_t)y * (size_t)part->canvas_width;
    for (int32_t x = head->x; x < head->x + head->width; x++) {
        if (part->wanted[row + (size_t)x] >> 24 == GIF_KEEP)
            keep_pixel(c, part, row + (size_t)x);
        else if (head->lossless)
            draw_exactly(c, part, row + (size_t)x);
        else
            draw_pixel(c, part, row + (size_t)x, part->rest + x + 1, part->rest_below + x + 1);
    }
    gif_rest *used = part->rest;
    part->rest = part->rest_below;
    part->rest_below = used;
    memset(used, 0, ((size_t)part->canvas_width + 2) * sizeof *used);
}

size_t gif_compress(gif_part *part, uint8_t *out, size_t room) {
    const gif_head *head = &part->head;
    if (room < gif_room(head->width, head->height))
        return 0;
    coder c = begin(out, &part->strings, head->colours + 1);
    memset(part->rest, 0, ((size_t)part->canvas_width + 2) * sizeof *part->rest);
    memset(part->rest_below, 0, ((size_t)part->canvas_width + 2) * sizeof *part->rest);
    for (int32_t y = head->y; y < head->y + head->height; y++)
        code_row(&c, part, y);
    finish(&c);
    return c.bits.used;
}

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
    part->shown = malloc(pixels * sizeof *part->shown);
    part->rest = calloc((size_t)width + 2, sizeof *part->rest);
    part->rest_below = calloc((size_t)width + 2, sizeof *part->rest);
    if (part->wanted && part->shown && part->rest && part->rest_below)
        return part;
    gif_part_free(part);
    return NULL;
}

void gif_part_free(gif_part *part) {
    if (!part)
        return;
    free(part->wanted);
    free(part->shown);
    free(part->rest);
    free(part->rest_below);
    free(part);
}
