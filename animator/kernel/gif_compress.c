/* Compression with a choice: a string may go on with any colour close enough to the wanted one. */
#include "gif_search.h"

#include <stdlib.h>

enum { QUICK = 2, QUICK_SHARE = 2 };    /* children that a quick look takes in; what share of the error it may make */

/* A pixel as LZW sees it. */
typedef struct {
    gif_colour colour;      /* wanted */
    int32_t index;          /* the best choice */
    int32_t allowed;        /* the largest error that a string may make */
    int32_t left;           /* the error when the pixel is left as it is shown; INT32_MAX when nothing is */
} gif_pixel;

static inline int32_t error_to(const gif_palette *palette, int32_t index, gif_colour want) {
    return gif_error(palette->r[index] - want.r, palette->g[index] - want.g, palette->b[index] - want.b);
}

/* The child of the best colour, or else the one nearest to the wanted colour that is no further off than allowed; 0 for
 * none. */
static inline int32_t near_child(const gif_part *part, int32_t current, const gif_pixel *pixel) {
    const gif_strings *s = &part->strings;
    int32_t best = 0, patience = part->tuning.patience, allowed = pixel->allowed;
    if (s->leave[current] && pixel->left <= allowed) {
        allowed = pixel->left - 1;
        best = s->leave[current];
    }
    int32_t child = s->first[current];
    for (; child && patience; child = s->next[child], patience--) {
        if (s->colour[child] == pixel->index)
            return child;
        int32_t error = error_to(&part->palette, s->colour[child], pixel->colour);
        if (error <= allowed) {
            allowed = error - 1;
            best = child;
        }
    }
    while (child && s->colour[child] != pixel->index)
        child = s->next[child];
    return child ? child : best;
}

static inline gif_colour channels(uint32_t rgb) {
    return (gif_colour){(int32_t)(rgb >> 16 & 255), (int32_t)(rgb >> 8 & 255), (int32_t)(rgb & 255)};
}

static inline uint32_t packed(gif_colour c) {
    return (uint32_t)(c.r << 16 | c.g << 8 | c.b);
}

static inline uint32_t colour_of(const gif_palette *palette, int32_t index) {
    return packed((gif_colour){palette->r[index], palette->g[index], palette->b[index]});
}

static inline int32_t best_index(gif_palette *palette, gif_colour colour) {
    return palette->exact ? gif_palette_find(palette, packed(colour)) : gif_palette_nearest(palette, packed(colour));
}

/* The error of leaving a pixel as it is shown. */
static inline int32_t error_left(uint32_t shown, gif_colour wanted) {
    gif_colour now = channels(shown);
    return shown ? gif_error(now.r - wanted.r, now.g - wanted.g, now.b - wanted.b) : INT32_MAX;
}

/* A pixel that stays may as well be drawn in the very colour that it has, where that lengthens a string. */
static int32_t same_colour_child(const coder *c, const gif_part *part, uint32_t shown) {
    int32_t index = shown ? gif_palette_find(&part->palette, shown & 0xffffffu) : -1;
    return index < 0 ? 0 : same_child(c, &part->strings, index);
}

/* ... or in any colour that is hardly further off: the child that ends in the nearest of those; 0 for none. */
static int32_t redrawing_child(const coder *c, const gif_part *part, uint32_t shown, uint32_t wanted) {
    const gif_strings *s = &part->strings;
    if (c->current < 0 || !shown || part->head.lossless)
        return 0;
    gif_colour colour = channels(wanted);
    int32_t best = 0, patience = part->tuning.patience;
    int32_t allowed = error_left(shown, colour) + part->tuning.lossy[0];    /* no more than where nothing hides it */
    for (int32_t child = s->first[c->current]; child && patience; child = s->next[child], patience--) {
        int32_t error = error_to(&part->palette, s->colour[child], colour);
        if (error <= allowed) {
            allowed = error - 1;
            best = child;
        }
    }
    return best;
}

/* Leave a pixel, or draw it where that lengthens the string. */
static void keep_pixel(coder *c, gif_part *part, size_t at, uint32_t wanted) {
    gif_strings *s = &part->strings;
    int32_t leave = part->head.colours, string = leaving_child(c, s);
    if (!string)
        string = same_colour_child(c, part, part->shown[at]);
    if (!string && (string = redrawing_child(c, part, part->shown[at], wanted)))
        part->wanted[at] = colour_of(&part->palette, s->colour[string]);
    step(c, s, string, leave, leave + 1);
}

/* As it is shown is near enough. */
static void leave_pixel(coder *c, gif_part *part, size_t at) {
    uint32_t wanted = part->wanted[at];
    part->wanted[at] = part->shown[at] & 0xffffffu;
    keep_pixel(c, part, at, wanted);
}

/* The first of the newest children that is near enough, where looking further isn't worth the time; 0 for none. */
static inline int32_t quick_child(const coder *c, const gif_part *part, gif_colour wanted, int32_t allowed) {
    const gif_strings *s = &part->strings;
    int32_t child = c->current < 0 ? 0 : s->first[c->current];
    for (int32_t left = QUICK; child && left; child = s->next[child], left--)
        if (error_to(&part->palette, s->colour[child], wanted) <= allowed)
            return child;
    return 0;
}

static void draw_pixel(coder *c, gif_part *part, size_t at) {
    int32_t level = (int32_t)(part->wanted[at] >> 24), leave = part->head.colours, lossy = part->tuning.lossy[level];
    gif_colour wanted = channels(part->wanted[at]);
    gif_pixel p = {.colour = wanted, .left = error_left(part->shown[at], wanted)};
    if (p.left <= part->tuning.margin) {
        leave_pixel(c, part, at);
        return;
    }
    int32_t quick = part->tuning.renew ? quick_child(c, part, wanted, lossy / QUICK_SHARE) : 0;
    if (quick) {
        step(c, &part->strings, quick, part->strings.colour[quick], leave + 1);
        part->wanted[at] = colour_of(&part->palette, part->strings.colour[quick]);
        return;
    }
    p.index = best_index(&part->palette, wanted);
    int32_t least = error_to(&part->palette, p.index, wanted);
    if (p.left < INT32_MAX && p.left - part->tuning.margin <= least) {
        leave_pixel(c, part, at);
        return;
    }
    p.allowed = least + lossy;
    int32_t string = c->current < c->clear ? same_child(c, &part->strings, p.index) : 0;
    if (!string && c->current >= 0)
        string = near_child(part, c->current, &p);
    int32_t index = string ? part->strings.colour[string] : p.index;
    step(c, &part->strings, string, index, leave + 1);
    if (index == leave) {
        part->wanted[at] = part->shown[at] & 0xffffffu;
        return;
    }
    part->wanted[at] = colour_of(&part->palette, index);
}

/* A pixel that has to have its very colour: there is nothing to choose. */
static void draw_exactly(coder *c, gif_part *part, size_t at) {
    uint32_t wanted = part->wanted[at] & 0xffffffu;
    if (part->shown[at] && (part->shown[at] & 0xffffffu) == wanted) {
        keep_pixel(c, part, at, wanted);
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
            keep_pixel(c, part, row + (size_t)x, part->wanted[row + (size_t)x]);
        else if (head->lossless)
            draw_exactly(c, part, row + (size_t)x);
        else
            draw_pixel(c, part, row + (size_t)x);
    }
}

size_t gif_compress_near(gif_part *part, uint8_t *out) {
    const gif_head *head = &part->head;
    coder c = begin(out, &part->strings, head->colours + 1);
    for (int32_t y = head->y; y < head->y + head->height; y++)
        code_row(&c, part, y);
    finish(&c);
    return c.bits.used;
}

size_t gif_compress(gif_part *part, uint8_t *out, size_t room) {
    if (room < gif_room(part->head.width, part->head.height))
        return 0;
    return part->tuning.search ? gif_compress_best(part, out, room) : gif_compress_near(part, out);
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
    if (part->wanted && part->shown)
        return part;
    gif_part_free(part);
    return NULL;
}

void gif_part_free(gif_part *part) {
    if (!part)
        return;
    free(part->wanted);
    free(part->shown);
    free(part);
}
