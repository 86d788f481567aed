# Background jobs, traps, coprocesses, here documents, command and process substitution.
trap 'echo trap INT' INT
trap 'echo trap EXIT' EXIT
for i in 1 2 3 4; do
	(sleep 0.0$i; exit $i) &
	pids[i]=$!
done
for i in 1 2 3 4; do
	wait "${pids[i]}"
	echo "job $i ended with $?"
done
kill -INT $$
echo "$(echo nested "$(echo deeper "$(seq 3 | tr '\n' ' ')")")"
diff <(seq 1 5) <(seq 2 6)
coproc cat
echo to the coprocess >&"${COPROC[1]}"
read -r line <&"${COPROC[0]}"
echo "$line"
eval "exec ${COPROC[1]}>&-"
wait
exec 9>nine 8<nine
echo through nine >&9
cat <&8
exec 9>&- 8<&-
cat /does/not/exist
(ulimit -n 10; exec 3</dev/null 4</dev/null; ls /proc/self/fd 2>&1 | wc -l)
sleep 5 & kill -KILL $!; wait $!; echo "killed: $?"
exec bash -c 'echo replaced; exit 9'
