about "A CAA record at the customer's apex decides at once, though every server of net and com is silent for CAA"

# Resolvers find the way to allows.net with other types than CAA (RFC 9156), so only the question
# about net itself stays without an answer, for as long as the check would wait for it. That it
# did not wait is in the result: no deadline passed, and net's answer was not needed.
fault net --kind drop --qtype CAA
fault com --kind drop --qtype CAA

decided_without() {
    expect_json .verdict "$2"
    expect_json .decided_at "$3"
    expect_json ".levels[name=$1].outcome" not-needed
    expect_json ".levels[name=$3].outcome" records
    expect_json .deadline_passed false
}

run caa check --json --deadline 15 allows.net
expect_exit 0
decided_without net allowed allows.net

run caa check --json --deadline 15 www.forbids.net
expect_exit 1
decided_without net forbidden forbids.net
expect_json '.levels[name=www.forbids.net].outcome' nodata

run caa check --json --deadline 15 '*.allows.com'
expect_exit 0
decided_without com allowed allows.com

run caa check --deadline 15 allows.net
expect_exit 0
expect_line '^allowed: the CAA record of allows\.net'
expect_line '└ net +not needed, cancelled after'
expect_no_error

# Without a record of its own a name has to wait for net: the silence is real.
run caa check --json --deadline 6 deno.net
expect_exit 2
expect_json .verdict undecided
expect_json '.levels[name=net].outcome' timeout
expect_json .deadline_passed true
