# Fetches every message with Perl's Net::POP3 into DIR/1, DIR/2, ...
# Usage: net_pop3.pl plain|stls|tls HOST PORT USER PASSWORD CA DIR
use strict;
use warnings;
use Net::POP3;

my ($security, $host, $port, $user, $password, $ca, $folder) = @ARGV;

my @tls = (SSL_ca_file => $ca, SSL_verify_mode => 1, SSL_verifycn_name => $host);
my $pop = Net::POP3->new($host, Port => $port, Timeout => 60, $security eq 'tls' ? (SSL => 1, @tls) : ())
    or die "connect: $@";
if ($security eq 'stls') {
    $pop->starttls(@tls) or die 'STLS: ', $pop->message, $IO::Socket::SSL::SSL_ERROR;
}
my $count = $pop->login($user, $password);
defined $count or die 'login: ', $pop->message;
for my $number (1 .. $count) {
    my $lines = $pop->get($number) or die "RETR $number: ", $pop->message;
    # get gives the lines with LF, but under TLS with CRLF, as they came.
    if ($security eq 'plain') { s/\n\z/\r\n/ for @$lines }
    open my $file, '>:raw', "$folder/$number" or die "$folder/$number: $!";
    print {$file} @$lines;
    close $file or die "$folder/$number: $!";
}
$pop->quit or die 'QUIT: ', $pop->message;
