about "On a terminal a rescue is told as it happens, and its line is gone in the end; elsewhere nothing of it is written"

export TERM=xterm
fault net --kind servfail --for 2s
run script -qec "caa check deno.net" /dev/null
expect_exit 0
expect_line 'net: the servers of net answer SERVFAIL; asking again'
expect_line 'allowed'

fault net --kind servfail --for 2s
run caa check deno.net
expect_exit 0
expect_no_line 'asking again'
expect_line 'rescued'
expect_no_error
