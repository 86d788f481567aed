$stdout.sync = true
pids = (1..8).map { |n| fork { sleep 0.01 * n; exit!(n) } }
pids.each { |pid| Process.wait(pid); puts $?.exitstatus }
r, w = IO.pipe
fork { r.close; w.puts "from the child"; exit! }
w.close
puts r.read
Process.wait
IO.popen(["tr", "a-z", "A-Z"], "r+") { |io| io.puts "popen"; io.close_write; puts io.read }
puts `echo backticks; exit 3`, $?.exitstatus
puts (1..4).map { |n| Thread.new { `echo #{n}`.to_i } }.map(&:value).sum
pid = spawn("sleep 10")
Process.kill(:KILL, pid)
Process.wait(pid)
puts $?.termsig
exec "echo", "replaced"
