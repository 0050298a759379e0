/* Compression by strings: from each place on the dictionary's strings that come near enough are followed side by side,
 * and the one is written that saves most, its errors counted as bits. */
#include "gif_search.h"

#include <stdlib.h>

enum {
    AHEAD = 4096,           /* ring of pixels that were looked at: more than the longest string */
    LONGEST = 1024,         /* pixels in a string */
    WIDEST = 8,             /* strings followed side by side */
    BIT = 256,              /* costs are in these parts of a bit */
    FLAT_BELOW = 3,         /* levels of activity in which steps between colours are seen */
    MEMORY = 32,            /* what a pixel costs is known from about so many strings */
    USUAL_BITS = 9, USUAL_PIXELS = 3,   /* ... and before there are any, this is a string's */
};

/* The largest error that a string may make is counted as so many bits. */
static const int64_t FULL_ERROR = 3 * BIT;

/* A pixel as the search sees it. */
typedef struct {
    size_t at;              /* on the canvas */
    gif_colour colour;      /* wanted */
    int32_t free;           /* 1: it may only be left, or be drawn in `index`, and neither costs anything */
    int32_t index;          /* the best colour, or the one that it is shown in; -1 for none */
    uint32_t four;          /* the nearest colours, a byte each */
    int32_t least;          /* the best colour's error: what is beyond counts */
    int32_t allowed;        /* ... and may be no more than this */
    int32_t left;           /* what is beyond when the pixel is left; -1: it may not be */
    int64_t price;          /* what an error costs, in 65536ths of BIT's parts */
} spot;

/* A string of the dictionary, and what its errors cost so far. */
typedef struct {
    int32_t string;
    int64_t cost;
} way;

typedef struct {
    way best[WIDEST];       /* cheapest first */
    int32_t count;
} ways;

typedef struct {
    gif_part *part;
    coder c;
    int32_t leave;                  /* the index that leaves a pixel */
    int64_t total, seen;            /* pixels of the part, and those that the ring had */
    int64_t bits, pixels;           /* of the last strings, older ones fading: in 256ths of BIT's parts and of pixels */
    int32_t before, before_first;   /* the last string written, -1 for none, and its first index */
    spot ring[AHEAD];
    way ends[LONGEST + 1];          /* per length, the cheapest string */
    uint8_t path[LONGEST];          /* the chosen string's indices */
} search;

/* -- pixels --------------------------------------------------------------------------------------------------- */

static inline gif_colour channels(uint32_t rgb) {
    return (gif_colour){(int32_t)(rgb >> 16 & 255), (int32_t)(rgb >> 8 & 255), (int32_t)(rgb & 255)};
}

static inline int32_t error_to(const gif_palette *palette, int32_t index, gif_colour want) {
    return gif_error(palette->r[index] - want.r, palette->g[index] - want.g, palette->b[index] - want.b);
}

static inline int32_t error_left(uint32_t shown, gif_colour want) {
    gif_colour now = channels(shown);
    return shown ? gif_error(now.r - want.r, now.g - want.g, now.b - want.b) : INT32_MAX;
}

/* It stays as it is, or is drawn in the very colour that it has. */
static void stay(spot *o, const gif_palette *palette, uint32_t shown) {
    o->free = 1;
    o->left = 0;
    o->index = shown ? gif_palette_find(palette, shown & 0xffffffu) : -1;
}

static void want_exactly(spot *o, const gif_palette *palette, uint32_t rgb) {
    o->free = 1;
    o->left = -1;
    o->index = gif_palette_find(palette, rgb);
}

/* What may be drawn instead of the best colour, and at which price: twice as much in flat parts, where it is seen, and
 * again where it would stay for a while. */
static void allow(spot *o, int32_t level, int32_t lossy, int32_t left) {
    int32_t flat = level % GIF_STAYING < FLAT_BELOW, stays = level >= GIF_STAYING;
    o->allowed = lossy;
    o->price = lossy ? (FULL_ERROR << (16 + flat + stays)) / lossy : 0;
    o->left = left < INT32_MAX && left - o->least <= lossy ? left - o->least : -1;
}

static void look_closely(spot *o, gif_part *part, uint32_t wanted, uint32_t shown) {
    gif_palette *palette = &part->palette;
    int32_t left = error_left(shown, o->colour), level = (int32_t)(wanted >> 24), margin = part->tuning.margin;
    if (left <= margin) {
        stay(o, palette, shown);
        return;
    }
    uint32_t rgb = wanted & 0xffffffu;
    o->index = palette->exact ? gif_palette_find(palette, rgb) : gif_palette_nearest(palette, rgb);
    o->least = error_to(palette, o->index, o->colour);
    if (left < INT32_MAX && left - margin <= o->least) {
        stay(o, palette, shown);
        return;
    }
    o->four = palette->exact ? 0x01010101u * (uint32_t)o->index
                             : gif_palette_four(palette, o->colour.r, o->colour.g, o->colour.b);
    allow(o, level, part->tuning.lossy[level], left);
}

static void look(gif_part *part, spot *o, size_t at) {
    uint32_t wanted = part->wanted[at], shown = part->shown[at], rgb = wanted & 0xffffffu;
    *o = (spot){.at = at, .colour = channels(rgb)};
    if (wanted >> 24 == GIF_KEEP || (part->head.lossless && shown && (shown & 0xffffffu) == rgb))
        stay(o, &part->palette, shown);
    else if (part->head.lossless)
        want_exactly(o, &part->palette, rgb);
    else
        look_closely(o, part, wanted, shown);
}

/* Look at pixels, in the order in which they are coded, up to `until`. */
static void see(search *s, int64_t until) {
    const gif_head *head = &s->part->head;
    for (; s->seen < until && s->seen < s->total; s->seen++) {
        size_t y = (size_t)(head->y + s->seen / head->width), x = (size_t)(head->x + s->seen % head->width);
        look(s->part, &s->ring[s->seen % AHEAD], y * (size_t)s->part->canvas_width + x);
    }
}

/* What drawing a pixel so costs; -1 when it may not be. */
static inline int64_t cost_of(const search *s, const spot *o, int32_t index) {
    if (o->free)
        return index == o->index || (index == s->leave && !o->left) ? 0 : -1;
    int32_t error = index == s->leave ? o->left : error_to(&s->part->palette, index, o->colour) - o->least;
    if (index == s->leave ? error < 0 : error > o->allowed)
        return -1;
    return error > 0 ? error * o->price >> 16 : 0;
}

/* -- strings -------------------------------------------------------------------------------------------------- */

static inline void note(ways *to, int32_t string, int64_t cost) {
    if (to->count == WIDEST && to->best[WIDEST - 1].cost <= cost)
        return;
    int32_t place = to->count < WIDEST ? to->count++ : WIDEST - 1;
    for (; place && to->best[place - 1].cost > cost; place--)
        to->best[place] = to->best[place - 1];
    to->best[place] = (way){string, cost};
}

static inline void try(const search *s, const spot *o, ways *to, int32_t string, int32_t index, int64_t so_far) {
    int64_t cost = cost_of(s, o, index);
    if (cost >= 0)
        note(to, string, so_far + cost);
}

/* The strings of one pixel: left, its best colour, others that are near. */
static void first_ways(const search *s, const spot *o, ways *to) {
    to->count = 0;
    try(s, o, to, s->leave, s->leave, 0);
    if (o->index < 0)
        return;
    try(s, o, to, o->index, o->index, 0);
    int32_t last = o->index;
    for (int32_t i = 0; i < 4 && !o->free; i++) {
        int32_t index = (int32_t)(o->four >> 8 * i & 255);
        if (index != o->index && index != last)
            try(s, o, to, index, index, 0);
        last = index;
    }
}

/* The strings of one pixel more. */
static void next_ways(const search *s, const spot *o, const ways *from, ways *to) {
    const gif_strings *g = &s->part->strings;
    to->count = 0;
    for (int32_t i = 0; i < from->count; i++) {
        way w = from->best[i];
        if (g->leave[w.string])
            try(s, o, to, g->leave[w.string], s->leave, w.cost);
        for (int32_t child = o->index < 0 ? 0 : g->first[w.string]; child; child = g->next[child])
            try(s, o, to, child, g->colour[child], w.cost);
    }
}

/* Find the cheapest string of each length from pixel `from` on; the greatest length. */
static int32_t find_ends(search *s, int64_t from) {
    ways turns[2];
    int32_t length = 1;
    see(s, from + LONGEST);
    first_ways(s, &s->ring[from % AHEAD], &turns[1]);
    s->ends[1] = turns[1].best[0];
    while (length < LONGEST && from + length < s->total) {
        ways *to = &turns[(length + 1) & 1];
        next_ways(s, &s->ring[(from + length) % AHEAD], &turns[length & 1], to);
        if (!to->count)
            break;
        s->ends[++length] = to->best[0];
    }
    return length;
}

/* The length that saves most: what its pixels would usually cost, less its errors. The code itself costs the same. */
static int32_t worth_most(const search *s, int32_t longest) {
    int64_t usual = s->bits * 256 / s->pixels, most = INT64_MIN;
    int32_t length = 1;
    for (int32_t i = 1; i <= longest; i++) {
        int64_t worth = usual * i / 256 - s->ends[i].cost;
        if (worth >= most) {
            most = worth;
            length = i;
        }
    }
    return length;
}

/* -- the dictionary ------------------------------------------------------------------------------------------- */

static uint16_t *children(const search *s, int32_t parent, int32_t index) {
    gif_strings *g = &s->part->strings;
    return index == s->leave ? &g->leave[parent] : &g->first[parent];
}

/* The code that is to be learnt becomes the string before, and `index` after it. */
static void link_next(search *s, int32_t index) {
    gif_strings *g = &s->part->strings;
    uint16_t *list = children(s, s->before, index);
    g->parent[s->c.next] = (uint16_t)s->before;
    g->colour[s->c.next] = (uint8_t)index;
    g->next[s->c.next] = *list;
    *list = (uint16_t)s->c.next;
}

static void unlink_next(search *s, int32_t index) {
    *children(s, s->before, index) = s->part->strings.next[s->c.next];
}

static int32_t is_known(const search *s, int32_t index) {
    int32_t child = *children(s, s->before, index);
    while (child && s->part->strings.colour[child] != index)
        child = s->part->strings.next[child];
    return child != 0;
}

/* 1 when the next code takes a place in the dictionary. Until it is chosen it counts as going on as it began, so that
 * a run of one colour grows with every code. */
static int32_t expect(search *s) {
    int32_t room = s->before >= 0 && s->c.next < GIF_CODES;
    if (room)
        link_next(s, s->before_first);
    return room;
}

/* It goes on with `index`. A string that is known takes its code all the same, as the reader learns it, too. */
static void settle_next(search *s, int32_t index) {
    if (index != s->before_first) {
        unlink_next(s, s->before_first);
        if (!is_known(s, index))
            link_next(s, index);
    }
    if (s->c.next == 1 << s->c.size && s->c.size < LARGEST_SIZE)
        s->c.size++;
    s->c.next++;
}

/* -- drawing -------------------------------------------------------------------------------------------------- */

static void trace(search *s, int32_t string, int32_t length) {
    const gif_strings *g = &s->part->strings;
    for (int32_t i = length - 1; i >= 0; i--) {
        s->path[i] = (uint8_t)(string < s->c.clear ? string : g->colour[string]);
        string = string < s->c.clear ? string : g->parent[string];
    }
}

static void draw(search *s, int64_t from, int32_t length) {
    const gif_palette *palette = &s->part->palette;
    for (int32_t i = 0; i < length; i++) {
        const spot *o = &s->ring[(from + i) % AHEAD];
        uint32_t *wanted = &s->part->wanted[o->at];
        int32_t index = s->path[i];
        if (*wanted >> 24 == GIF_KEEP)
            continue;
        if (index == s->leave)
            *wanted = s->part->shown[o->at] & 0xffffffu;
        else
            *wanted = (uint32_t)(palette->r[index] << 16 | palette->g[index] << 8 | palette->b[index]);
    }
}

static void remember_cost(search *s, int32_t length) {
    int64_t cost = (int64_t)s->c.size * BIT + s->ends[length].cost;
    s->bits += cost * 256 / MEMORY - s->bits / MEMORY;
    s->pixels += (int64_t)length * 256 / MEMORY - s->pixels / MEMORY;
    s->pixels = s->pixels < 256 ? 256 : s->pixels;
}

static void write(search *s, int32_t string) {
    put_code(&s->c.bits, string, s->c.size);
    s->before = string;
    s->before_first = s->path[0];
    s->c.spent += s->c.size;
    if (s->c.next == GIF_CODES && worn_out(&s->c)) {
        restart(&s->c, &s->part->strings, s->leave + 1);
        s->before = -1;
    }
}

/* Draw and write one string from pixel `from` on; its length. */
static int32_t code_string(search *s, int64_t from) {
    int32_t learns = expect(s), length = worth_most(s, find_ends(s, from)), string = s->ends[length].string;
    trace(s, string, length);
    draw(s, from, length);
    if (learns)
        settle_next(s, s->path[0]);
    remember_cost(s, length);
    s->c.pixels += length;
    write(s, string);
    return length;
}

size_t gif_compress_searching(gif_part *part, uint8_t *out) {
    search *s = calloc(1, sizeof *s);
    if (!s)
        return 0;
    s->part = part;
    s->leave = part->head.colours;
    s->before = -1;
    s->total = (int64_t)part->head.width * part->head.height;
    s->bits = USUAL_BITS * BIT * 256;
    s->pixels = USUAL_PIXELS * 256;
    s->c = begin(out, &part->strings, s->leave + 1);
    for (int64_t from = 0; from < s->total;)
        from += code_string(s, from);
    finish(&s->c);
    size_t used = s->c.bits.used;
    free(s);
    return used;
}
