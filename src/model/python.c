/* python.c: what the Python helper told: exceptions, what __main__ is, the cost of pickling. */
#include <stdlib.h>
#include <string.h>

#include "model/internal.h"

void apply_python(struct model *model, struct process *process, const struct event *event)
{
	(void)model;
	process->python_told = true;
	process->python = event->u.python;
}

/* The next line of the text, interned; "" behind the last. */
static const char *line_take(struct model *model, char **text)
{
	char *line = *text, *end = strchr(line, '\n');

	if (end) {
		*end = 0;
		*text = end + 1;
	} else {
		*text = line + strlen(line);
	}
	return model_intern(model, line);
}

void apply_pyfail(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_pyfail *ev = &event->u.pyfail;
	struct pyfail *fail = mem_zalloc(1, sizeof(*fail));
	char *text = mem_copy_text(ev->text ? ev->text : ""), *at = text;

	fail->process = process;
	fail->ts_ns = event->ts_ns;
	fail->tid = event->tid;
	fail->stack = event->stack;
	fail->what = ev->what;
	fail->flags = ev->flags;
	for (unsigned i = 0; i < PYFAIL_LINES; i++)
		fail->lines[i] = line_take(model, &at);
	mem_free(text);
	if (model->last_pyfail)
		model->last_pyfail->next = fail;
	else
		model->pyfails = fail;
	model->last_pyfail = fail;
	if (process->last_pyfail)
		process->last_pyfail->next_of_process = fail;
	else
		process->pyfails = fail;
	process->last_pyfail = fail;
}

void apply_pymain(struct model *model, struct process *process, const struct event *event)
{
	char *text = mem_copy_text(event->u.pymain.text ? event->u.pymain.text : ""), *at = text;

	process->main_told = true;
	process->main_is_mp_main = event->u.pymain.same;
	process->main_file = line_take(model, &at);
	process->mp_main_file = line_take(model, &at);
	mem_free(text);
}

void apply_pycost(struct model *model, struct process *process, const struct event *event)
{
	(void)model;
	process->pycost = event->u.pycost;
}

const struct pyfail *model_pyfails(const struct model *model)
{
	return model->pyfails;
}

void pyfails_free(struct model *model)
{
	while (model->pyfails) {
		struct pyfail *next = model->pyfails->next;

		mem_free(model->pyfails);
		model->pyfails = next;
	}
	model->last_pyfail = NULL;
}
