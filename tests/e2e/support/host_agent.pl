# Runs programs on a host for its tests: as `docker exec` would, in a fiftieth of the time.
# In, by a connection each: the number of arguments; of each the length, and the bytes. Numbers have 32 bits.
# Out: frames as those of the engine. The last one is of stream 3 and has the exit code.
use strict;
use warnings;
use POSIX qw(WNOHANG _exit setsid);
use Socket;

my ($path) = @ARGV;
socket(my $server, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
bind($server, sockaddr_un("$path.new")) or die "bind: $!";
listen($server, 128) or die "listen: $!";
# Whoever sees it can connect.
rename("$path.new", $path) or die "rename: $!";
$SIG{CHLD} = 'IGNORE';

while (accept(my $client, $server)) {
  my $pid = fork;
  if (defined $pid && $pid == 0) {
    close $server;
    serve($client);
    _exit(0);
  }
  close $client;
}

sub serve {
  my ($client) = @_;
  $SIG{CHLD} = 'DEFAULT';
  my $count = unpack('N', take($client, 4));
  my @args = map { take($client, unpack('N', take($client, 4))) } 1 .. $count;
  pipe(my $out, my $outEnd) or die "pipe: $!";
  pipe(my $err, my $errEnd) or die "pipe: $!";
  my $pid = fork;
  die "fork: $!" if !defined $pid;
  if ($pid == 0) {
    setsid();
    open(STDIN, '<', '/dev/null');
    open(STDOUT, '>&', $outEnd);
    open(STDERR, '>&', $errEnd);
    { no warnings; exec { $args[0] } @args; }
    syswrite(STDERR, "Cannot run $args[0]: $!\n");
    _exit(127);
  }
  close $outEnd;
  close $errEnd;
  my %streams = (fileno($out) => [1, $out], fileno($err) => [2, $err]);
  my $status;
  while (%streams) {
    my $ready = '';
    vec($ready, $_, 1) = 1 for keys %streams;
    my $found = select($ready, undef, undef, defined $status ? 0 : 0.05);
    # What goes on in the background may keep them open.
    last if $found == 0 && defined $status;
    for my $number (grep { $found > 0 && vec($ready, $_, 1) } keys %streams) {
      my ($kind, $stream) = @{ $streams{$number} };
      my $read = sysread($stream, my $bytes, 65536);
      if ($read) { give($client, $kind, $bytes) } else { delete $streams{$number} }
    }
    $status = $? if !defined $status && waitpid($pid, WNOHANG) == $pid;
  }
  if (!defined $status) {
    waitpid($pid, 0);
    $status = $?;
  }
  give($client, 3, pack('N', $status & 127 ? 128 + ($status & 127) : $status >> 8));
}

sub take {
  my ($client, $length) = @_;
  my $bytes = '';
  while (length($bytes) < $length) {
    sysread($client, $bytes, $length - length($bytes), length($bytes)) or _exit(1);
  }
  return $bytes;
}

sub give {
  my ($client, $kind, $bytes) = @_;
  my $frame = pack('CxxxN', $kind, length($bytes)) . $bytes;
  for (my $sent = 0; $sent < length($frame);) {
    my $written = syswrite($client, $frame, length($frame) - $sent, $sent);
    _exit(1) if !defined $written;
    $sent += $written;
  }
}
