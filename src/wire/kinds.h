/* kinds.h: the small enumerations that events carry, each declared once with its name in text.
 * Used by the probe (which writes the numbers) and by everything that reads a recording. Numbers are never reused. */
#ifndef MPW_WIRE_KINDS_H
#define MPW_WIRE_KINDS_H

/* clang-format off */
#define START_HOW(X)                                                                                                    \
	X(START_IMAGE, 0, "exec")       /* a new image: exec or posix_spawn reached our constructor */                  \
	X(START_FORK, 1, "fork")                                                                                        \
	X(START_VFORK, 2, "vfork")      /* the part of a vfork child's life before its exec */                         \
	X(START_CLONE, 3, "clone")      /* fork-like clone, _Fork or a raw system call: seen by the wiped page */     \
	X(START_SPAWN, 4, "posix_spawn")                                                                               \
	X(START_SHELL, 5, "system")     /* system, popen */                                                           \
	X(START_SEEN, 6, "seen")        /* the collector found it in /proc; it never spoke */                         \
	X(START_ROOT, 7, "root")        /* the program mpwatch itself started */

#define FD_KIND(X)                                                                                                     \
	X(FD_OTHER, 0, "other") X(FD_FILE, 1, "file") X(FD_DIR, 2, "dir") X(FD_PIPE, 3, "pipe") X(FD_FIFO, 4, "fifo")  \
	X(FD_SOCKET, 5, "socket") X(FD_SOCKPAIR, 6, "socketpair") X(FD_TTY, 7, "tty") X(FD_EPOLL, 8, "epoll")          \
	X(FD_EVENTFD, 9, "eventfd") X(FD_TIMERFD, 10, "timerfd") X(FD_SIGNALFD, 11, "signalfd") X(FD_INOTIFY, 12, "inotify") \
	X(FD_MEMFD, 13, "memfd") X(FD_PIDFD, 14, "pidfd") X(FD_SHM, 15, "shm") X(FD_DEVICE, 16, "device") X(FD_MQUEUE, 17, "mqueue") \
	X(FD_UNIX, 18, "unix socket") X(FD_INET, 19, "tcp/udp socket")

#define LOCK_KIND(X)                                                                                                   \
	X(LOCK_SEM_NAMED, 0, "named semaphore") X(LOCK_SEM_SHARED, 1, "shared semaphore") X(LOCK_MUTEX, 2, "shared mutex") \
	X(LOCK_RWLOCK, 3, "shared rwlock") X(LOCK_COND, 4, "shared condition") X(LOCK_SYSV, 5, "System V semaphore")

#define UNLINK_KIND(X) X(UNLINK_SHM, 0, "shm") X(UNLINK_SEM, 1, "sem") X(UNLINK_MQ, 2, "mq") X(UNLINK_FILE, 3, "file")
#define SYSV_KIND(X) X(SYSV_SHM, 0, "shm") X(SYSV_SEM, 1, "sem") X(SYSV_MSG, 2, "msg")

#define EXIT_SOURCE(X)                                                                                                 \
	X(EXIT_UNSEEN, 0, "status not seen") X(EXIT_WAIT, 1, "mpwatch's own wait") X(EXIT_PIDFD, 2, "pidfd")           \
	X(EXIT_ZOMBIE, 3, "zombie") X(EXIT_PARENT, 4, "its parent's wait") X(EXIT_SELF, 5, "its own exit call")

#define UNWATCHED_REASON(X)                                                                                            \
	X(UNWATCHED_UNKNOWN, 0, "the probe did not start") X(UNWATCHED_STATIC, 1, "statically linked")                 \
	X(UNWATCHED_SETUID, 2, "setuid or has file capabilities") X(UNWATCHED_LIBC, 3, "another libc or architecture") \
	X(UNWATCHED_ASAN, 4, "built with AddressSanitizer") X(UNWATCHED_DISABLED, 5, "MPWATCH_DISABLE is set")          \
	X(UNWATCHED_HIDDEN, 6, "a sandbox hides the probe") X(UNWATCHED_NO_ROOM, 7, "no shared memory left for it")    \
	X(UNWATCHED_SILENT, 8, "it forbids system calls or the clock (seccomp, PR_SET_TSC)")                           \
	X(UNWATCHED_SHORT, 9, "it ended before mpwatch could look")

#define LOSS_REASON(X)                                                                                                 \
	X(LOSS_RING_FULL, 0, "ring full") X(LOSS_NO_CHUNK, 1, "no shared memory for another thread or process")        \
	X(LOSS_SIGNAL, 2, "call made by a signal handler inside the probe") X(LOSS_CORRUPT, 3, "record damaged by the program") \
	X(LOSS_THINNED, 4, "detail thinned to keep the recording small") X(LOSS_RECORDING, 5, "recording could not be written") \
	X(LOSS_SLOTS, 6, "thread ended")

#define STACK_KIND(X) X(STACK_NATIVE, 0, "native") X(STACK_PY, 1, "python")
#define END_REASON(X) X(END_ROOT, 0, "the program ended") X(END_TREE, 1, "every watched process ended") \
	X(END_ASKED, 2, "mpwatch was asked to stop") X(END_HANG, 3, "stopped as hung")
/* clang-format on */

#define PYTHON_STATE(X)                                                                                                \
	X(PYTHON_WATCHED, 0, "watched")                                                                                \
	X(PYTHON_OFF, 1, "switched off")                                                                               \
	X(PYTHON_VERSION, 2, "this version is not known") X(PYTHON_OTHER, 3, "this build is not known")

/* Where an exception was seen. */
#define PYFAIL_WHAT(X)                                                                                                 \
	X(PYFAIL_PICKLE, 0, "sending")           /* an object could not be made into a message */                      \
	X(PYFAIL_UNPICKLE, 1, "receiving")       /* a message could not be made into an object */                      \
	X(PYFAIL_START, 2, "starting a process") /* the Process object could not be pickled for its child */           \
	X(PYFAIL_BEGIN, 3, "beginning")          /* ... could not be rebuilt in the child */                           \
	X(PYFAIL_MAIN, 4, "ending the program")  /* nobody caught it: the interpreter prints it and ends */            \
	X(PYFAIL_PROCESS, 5, "ending a Process") /* the same in a child of multiprocessing */                          \
	X(PYFAIL_THREAD, 6, "ending a thread")                                                                         \
	X(PYFAIL_TASK, 7, "ending a task")     /* sent back as its answer */                                           \
	X(PYFAIL_EXIT, 8, "exiting in a task") /* sys.exit() inside a task of a Pool */                                \
	X(PYFAIL_WENT_ON, 9, "going on")       /* ... and the worker sent something after it */                        \
	X(PYFAIL_LOCK, 10, "sending a lock")   /* of the fork method to a fresh interpreter; no exception */

/* Ways of multiprocessing and its relatives to send an object. */
#define MESSAGE_KIND(X)                                                                                                \
	X(MESSAGE_OTHER, 0, "others")                                                                                  \
	X(MESSAGE_PIPE, 1, "Pipe")                                                                                     \
	X(MESSAGE_QUEUE, 2, "Queue")                                                                                   \
	X(MESSAGE_POOL_TASK, 3, "Pool tasks")                                                                          \
	X(MESSAGE_POOL_RESULT, 4, "Pool results")                                                                      \
	X(MESSAGE_EXECUTOR_TASK, 5, "executor tasks")                                                                  \
	X(MESSAGE_EXECUTOR_RESULT, 6, "executor results")                                                              \
	X(MESSAGE_MANAGER, 7, "Manager")                                                                               \
	X(MESSAGE_PROCESS, 8, "new process") /* what spawn and forkserver hand to a child */

#define TASK_KIND(X)                                                                                                   \
	X(TASK_NONE, 0, "none")                                                                                        \
	X(TASK_POOL, 1, "Pool")                                                                                        \
	X(TASK_EXECUTOR, 2, "executor")                                                                                \
	X(TASK_PROCESS, 3, "Process") /* the function of a Process, as long as the process lives */

#define SNAPSHOT_CAUSE(X)                                                                                              \
	X(SNAPSHOT_ASKED, 0, "asked for")                                                                              \
	X(SNAPSHOT_HANG, 1, "nothing moves")                                                                           \
	X(SNAPSHOT_GOES_ON, 2, "it goes on")                                                                           \
	X(SNAPSHOT_STOP, 3, "the program is ended for it")

#define KIND_CONSTANT(id, number, text) id = number,
enum start_how { START_HOW(KIND_CONSTANT) };
enum fd_kind { FD_KIND(KIND_CONSTANT) };
enum lock_kind { LOCK_KIND(KIND_CONSTANT) };
enum unlink_kind { UNLINK_KIND(KIND_CONSTANT) };
enum sysv_kind { SYSV_KIND(KIND_CONSTANT) };
enum exit_source { EXIT_SOURCE(KIND_CONSTANT) };
enum snapshot_cause { SNAPSHOT_CAUSE(KIND_CONSTANT) };
enum unwatched_reason { UNWATCHED_REASON(KIND_CONSTANT) };
enum loss_reason { LOSS_REASON(KIND_CONSTANT) };
enum stack_kind { STACK_KIND(KIND_CONSTANT) };
enum end_reason { END_REASON(KIND_CONSTANT) };
enum python_state { PYTHON_STATE(KIND_CONSTANT) };
enum pyfail_what { PYFAIL_WHAT(KIND_CONSTANT) };
enum message_kind { MESSAGE_KIND(KIND_CONSTANT) };
enum task_kind { TASK_KIND(KIND_CONSTANT) };
#undef KIND_CONSTANT

/* PYFAIL flags */
#define PYFAIL_WAITER 1u /* head.stack is the stack of the one thread that waits for it, not of the one that failed */
#define PYFAIL_EXCEPTION 2u /* the class that was being made anew is an exception */
#define PYFAIL_SILENT 4u    /* Python prints nothing about it: the process is on its way out */
#define PYFAIL_DELIVERED 8u /* an executor's queue: it hands the error to the caller */
#define PYFAIL_RAISED 32u   /* head.stack is code of the program that the library's thread called, and that raised it */
#define PYFAIL_ASKED 16u    /* head.stack is the place where the program gave it to the library, whose thread failed */

/* PYFAIL text: one line each, empty where not known */
enum pyfail_line {
	PYFAIL_TYPE, /* "TypeError" */
	PYFAIL_MESSAGE,
	PYFAIL_SENT,  /* what was sent: "Validator.check" */
	PYFAIL_PATH,  /* how pickle came to what it could not take */
	PYFAIL_LEAF,  /* type of that: "RLock" */
	PYFAIL_CLASS, /* the class looked up last: "module.name" */
	PYFAIL_THREAD_NAME,
	PYFAIL_LIBRARY, /* the library's place that failed: "pool.py _handle_tasks" */
	PYFAIL_LINES
};

/* START event flags */
#define START_PYTHON 1u    /* the image exports the CPython API */
#define START_THREADED 2u  /* forked while its parent had more than one thread */
#define START_NAMESPACE 4u /* pid is of an inner pid namespace */

/* FRAMES record: low byte of head.flags is the number of frames here */
#define STACK_LAST 0x80u
#define STACK_PYTHON 0x40u

#endif
