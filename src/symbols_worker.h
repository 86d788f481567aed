/* symbols_worker.h: what the session and its symbol process say to each other, one message per question and answer. */
#ifndef MPW_SYMBOLS_WORKER_H
#define MPW_SYMBOLS_WORKER_H

#include <stdint.h>

#define SYMBOLS_TEXT_MAX 4096u

/* path: room for PATH_MAX; both terminated. */
struct symbols_question {
	uint64_t offset;
	char build_id[72];
	char path[SYMBOLS_TEXT_MAX];
};

struct symbols_answer {
	int32_t rc;
	uint32_t line;
	char function[1024];
	char file[SYMBOLS_TEXT_MAX];
};

/* The child's life: answers on `socket` until that ends. */
void symbols_worker_run(int socket) __attribute__((noreturn));

#endif
