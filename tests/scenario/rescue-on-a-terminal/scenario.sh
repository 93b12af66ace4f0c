about "On a terminal a rescue is told as it happens, and its line is gone in the end; elsewhere nothing of it is written"

export TERM=xterm
fault net --kind servfail --for 8s
run script -qec "caa check deno.net" /dev/null
expect_exit 0
expect_line 'net: the servers of net answer SERVFAIL; asking again'
expect_line 'allowed'

# In a window of 40 columns no line wraps: one that does could not be taken away.
fault net --kind servfail --for 8s
run script -qec "stty cols 40; caa check a-long-name-below.deno.net 2>&1 >/dev/null" /dev/null
expect_line 'the servers of net'
expect_that 'no line is longer than the window' /usr/bin/python3 -c '
import re, sys
lines = re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", open(sys.argv[1]).read()))
sys.exit(max(map(len, lines)) != 39)' "$out/stdout"
expect_exit 0

fault net --kind servfail --for 8s
run caa check deno.net
expect_exit 0
expect_no_line 'asking again'
expect_line 'rescued'
expect_no_error
