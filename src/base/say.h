/* say.h: mpwatch's own messages: one line each, on stderr, in one write. Foreign text in them is made harmless. */
#ifndef MPW_BASE_SAY_H
#define MPW_BASE_SAY_H

/* "mpwatch: ...\n". Keeps errno. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* While held, lines wait: something else is on the terminal. They come out when it is over. One thread only. */
void say_hold(int hold);

#endif
