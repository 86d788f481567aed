use strict;
use warnings;
use POSIX ":sys_wait_h";
$| = 1;
my %kids;
for my $n (1 .. 12) {
	pipe(my $r, my $w) or die "pipe: $!";
	my $pid = fork() // die "fork: $!";
	if (!$pid) {
		close $r;
		print $w "child $n says ", $n * $n, "\n";
		close $w;
		POSIX::_exit($n % 3);
	}
	close $w;
	$kids{$pid} = [$n, $r];
}
my @said = map { my $h = $kids{$_}[1]; my $line = <$h>; [$kids{$_}[0], $line, (waitpid($_, 0), $? >> 8)[1]] } keys %kids;
print "$_->[0] $_->[2] $_->[1]" for sort { $a->[0] <=> $b->[0] } @said;
print `echo backticks`, "status $?\n";
open(my $p, "-|", "seq 1 5") or die;
print map { $_ * 2 . " " } <$p>;
close $p;
print "\n", system("exit 5;") >> 8, "\n";
my $pid = fork();
exec "sleep", "10" if !$pid;
kill "TERM", $pid;
waitpid $pid, 0;
print "killed by ", $? & 127, "\n";
local $SIG{ALRM} = sub { die "alarm\n" };
eval { alarm 1; pipe(my $r, my $w); sysread $r, my $b, 1; };
print "interrupted read: $@";
warn "a warning on stderr\n";
exec "sh", "-c", "echo last words; exit 3";
