#include "doing.h"

#include <stdio.h>

#include "drain_internal.h"
#include "proc_files.h"
#include "totals.h"
#include "wire/calls.h"

const char *process_doing(const struct drain *drain, const struct watched *process, char out[DOING_SIZE])
{
	struct chunk_state *chunk = process && process->image ? drain_chunk(drain, process->image->chunk) : NULL;
	unsigned call = chunk && chunk->image == process->image ? totals_call(chunk) : 0;
	struct proc_stat stat;

	if (call)
		snprintf(out, DOING_SIZE, "%s %s", wait_words(call, -1), call_name(call));
	else if (process && proc_stat_read(process->pid, &stat) == 0 && stat.state == 'R')
		snprintf(out, DOING_SIZE, "computes");
	else
		snprintf(out, DOING_SIZE, "waits in the kernel");
	return out;
}
