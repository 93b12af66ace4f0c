about "A CAA record at the customer's apex decides at once, though com is silent for CAA"

# Resolvers find the way to allows.com with other types than CAA (RFC 9156), so only the question
# about com itself stays without an answer.
fault com --kind drop --qtype CAA
run caa check --json allows.com
expect_exit 0
expect_json .verdict allowed
expect_json .decided_at allows.com
expect_faster_than 1
