about "No network, or a resolver that is not there: undecided, and whose network is to blame"

our_network() {
    expect_exit 2
    expect_line '^undecided: looking up CAA for .* failed: network failure \(no route to any '
    expect_line '^The network of this machine is the cause, not the domain: mend it and try again\.$'
    expect_no_line 'allowed|name servers of'
    expect_no_error
}

run unshare -n caa check example.org
our_network
expect_line 'no route to any root server'
run unshare -n caa check --json example.org
expect_exit 2
expect_json . '{"verdict": "undecided", "retry_helps": true}'
expect_json '.levels[0].outcome' network

run caa check --forward 198.18.250.250 --deadline 6 deno.net
our_network
expect_line 'no route to any forwarder'

# Nobody listens there: libunbound keeps trying, the deadline ends it.
run caa check --json --forward 127.0.0.1@5399 --deadline 6 deno.net
expect_exit 2
expect_json . '{"verdict": "undecided", "retry_helps": true}'

run caa check --forward nonsense deno.net
expect_exit 64
expect_no_line .
expect_error "forwarder 'nonsense': not an IP address"
