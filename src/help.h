/* help.h: what mpwatch says about itself. */
#ifndef MPW_HELP_H
#define MPW_HELP_H

int help_full(void);    /* stdout; 0 */
int help_short(void);   /* stderr, ten lines; the status of wrong use */
int help_version(void); /* stdout; 0 */

/* One more line when a program that does not exist sounds like a verb. */
void help_suggest_verb(const char *name);

#endif
