// ncurses with wide characters. What it offers as macros, variables or varargs is wrapped here.
#define NCURSES_WIDECHAR 1
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <stdint.h>
#include <sys/ioctl.h>

// From term.h, whose macros would take common words away.
char *tigetstr(const char *name);
char *tiparm(const char *sequence, ...);

int setupterm(const char *term, int descriptor, int *error);

static inline WINDOW *console_window(void) { return stdscr; }
static inline int console_colours(void) { return COLORS; }
static inline int console_pairs(void) { return COLOR_PAIRS; }
static inline int console_rows(void) { return LINES; }
static inline int console_columns(void) { return COLS; }

// Whether characters beyond ASCII can be shown, as the environment's locale says.
static inline int console_is_utf8(void) {
  setlocale(LC_CTYPE, "");
  const char *codeset = nl_langinfo(CODESET);
  return codeset[0] == 'U' && codeset[1] == 'T' && codeset[2] == 'F';
}

// Puts one character; `pair` may be beyond what an attribute's bits can hold.
static inline int console_put(int row, int column, uint32_t scalar, int bold, int reversed, int pair) {
  wchar_t text[2] = {(wchar_t)scalar, 0};
  cchar_t cell;
  attr_t attributes = (bold ? A_BOLD : A_NORMAL) | (reversed ? A_REVERSE : A_NORMAL);
  setcchar(&cell, text, attributes, 0, &pair);
  return mvadd_wch(row, column, &cell);
}

// Whether `key` is a key code rather than a character: KEY_CODE_YES, OK or ERR.
static inline int console_read(wint_t *key) { return wget_wch(stdscr, key); }
static inline int console_is_code(int status) { return status == KEY_CODE_YES; }
static inline int console_is_character(int status) { return status == OK; }
static inline int console_function_key(int number) { return KEY_F(number); }

// The sequence that brings the cursor to a cell; NULL where the terminal has none.
static inline const char *console_goto(int row, int column) {
  char *sequence = tigetstr("cup");
  return sequence == NULL || sequence == (char *)-1 ? NULL : tiparm(sequence, row, column);
}

// A cell's size in pixels; 0 where the terminal does not tell.
static inline void console_cell_pixels(int *width, int *height) {
  struct winsize size = {0, 0, 0, 0};
  *width = *height = 0;
  if (ioctl(1, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return;
  *width = size.ws_xpixel / size.ws_col;
  *height = size.ws_ypixel / size.ws_row;
}

// Forgets what is on the terminal: all is sent anew with the next refresh.
static inline void console_forget(void) { clearok(curscr, TRUE); }

// Where ncurses left the terminal's cursor.
static inline int console_row(void) { return getcury(curscr); }
static inline int console_column(void) { return getcurx(curscr); }
