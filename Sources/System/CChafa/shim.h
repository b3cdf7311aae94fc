// libchafa (1.8 or newer), which turns pictures into characters. Its own headers need GLib's, which
// lie in folders that only pkg-config knows and import badly; the few functions that are called are
// therefore declared here, with the types that the library's stable interface has.
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

typedef struct ChafaSymbolMap ChafaSymbolMap;
typedef struct ChafaCanvasConfig ChafaCanvasConfig;
typedef struct ChafaCanvas ChafaCanvas;

// chafa-canvas-config.h
enum {
  CONSOLE_CHAFA_INDEXED_256 = 1,
  CONSOLE_CHAFA_INDEXED_240 = 2,
  CONSOLE_CHAFA_INDEXED_16 = 3,
  CONSOLE_CHAFA_FGBG = 5,
  CONSOLE_CHAFA_INDEXED_8 = 6
};
// chafa-common.h: red, green, blue, 8 bits each.
enum { CONSOLE_CHAFA_RGB8 = 8 };
// chafa-symbol-map.h
enum {
  CONSOLE_CHAFA_SPACE = 1 << 0,
  CONSOLE_CHAFA_SOLID = 1 << 1,
  CONSOLE_CHAFA_BLOCK = 1 << 3,
  CONSOLE_CHAFA_QUAD = 1 << 7,
  CONSOLE_CHAFA_HALF = 3 << 8,
  CONSOLE_CHAFA_ASCII = 1 << 14,
  CONSOLE_CHAFA_SEXTANT = 1 << 22
};

// chafa-canvas-config.h
enum { CONSOLE_CHAFA_TRUECOLOR = 0, CONSOLE_CHAFA_SIXELS = 1, CONSOLE_CHAFA_KITTY = 2 };
// chafa-term-seq-def.h: the sequences that begin a picture.
enum { CONSOLE_CHAFA_BEGIN_SIXELS = 40, CONSOLE_CHAFA_BEGIN_KITTY = 43 };

typedef struct ChafaTermDb ChafaTermDb;
typedef struct ChafaTermInfo ChafaTermInfo;
// GLib's GString.
typedef struct {
  char *str;
  size_t len;
  size_t allocated_len;
} ConsoleGString;

ChafaSymbolMap *chafa_symbol_map_new(void);
void chafa_symbol_map_unref(ChafaSymbolMap *map);
void chafa_symbol_map_add_by_tags(ChafaSymbolMap *map, uint32_t tags);

ChafaCanvasConfig *chafa_canvas_config_new(void);
void chafa_canvas_config_unref(ChafaCanvasConfig *config);
void chafa_canvas_config_set_geometry(ChafaCanvasConfig *config, int width, int height);
void chafa_canvas_config_set_canvas_mode(ChafaCanvasConfig *config, int mode);
void chafa_canvas_config_set_symbol_map(ChafaCanvasConfig *config, const ChafaSymbolMap *map);
void chafa_canvas_config_set_work_factor(ChafaCanvasConfig *config, float factor);

ChafaCanvas *chafa_canvas_new(const ChafaCanvasConfig *config);
void chafa_canvas_unref(ChafaCanvas *canvas);
void chafa_canvas_draw_all_pixels(
    ChafaCanvas *canvas, int pixel_type, const uint8_t *pixels, int width, int height, int stride);
uint32_t chafa_canvas_get_char_at(ChafaCanvas *canvas, int x, int y);
void chafa_canvas_get_raw_colors_at(ChafaCanvas *canvas, int x, int y, int *foreground, int *background);

void chafa_canvas_config_set_cell_geometry(ChafaCanvasConfig *config, int width, int height);
void chafa_canvas_config_set_pixel_mode(ChafaCanvasConfig *config, int mode);
ConsoleGString *chafa_canvas_print(ChafaCanvas *canvas, ChafaTermInfo *terminal);
char *g_string_free(ConsoleGString *string, int free_segment);
ChafaTermDb *chafa_term_db_get_default(void);
ChafaTermInfo *chafa_term_db_detect(ChafaTermDb *database, char **environment);
ChafaTermInfo *chafa_term_db_get_fallback_info(ChafaTermDb *database);
int chafa_term_info_have_seq(const ChafaTermInfo *terminal, int sequence);
void chafa_term_info_unref(ChafaTermInfo *terminal);

extern char **environ;
static inline char **console_environment(void) { return environ; }
