# PostgreSQL's whole life in this folder, as an unprivileged user: initdb, start, load, benchmark, stop.
set -u
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
data=$PWD/data
as_user() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$PWD" "$@"
	else
		"$@"
	fi
}
as_user "$bin/initdb" -D "$data" -U postgres -A trust --no-sync >initdb.log 2>&1
echo "initdb: $?"
as_user "$bin/pg_ctl" -D "$data" -w -l "$PWD/server.log" -o "-k $PWD -c listen_addresses= -c max_connections=20 -c fsync=off" start >start.log 2>&1
echo "start: $?"
as_user "$bin/pgbench" -h "$PWD" -U postgres -i -s 1 -q postgres >/dev/null 2>&1
echo "load: $?"
as_user "$bin/pgbench" -h "$PWD" -U postgres -c 4 -j 2 -t 200 postgres 2>/dev/null | grep -E 'processed|failed|clients|threads'
as_user "$bin/psql" -h "$PWD" -U postgres -At -c 'set max_parallel_workers_per_gather = 2; set min_parallel_table_scan_size = 0;
	set parallel_setup_cost = 0; select count(*), sum(aid) from pgbench_accounts; select count(*) from pgbench_history' postgres
as_user "$bin/pg_ctl" -D "$data" -w -m fast stop >stop.log 2>&1
echo "stop: $?"
grep -E 'ERROR|FATAL|PANIC|signal' server.log
exit 0
