about "Thirty broken customer zones at once while net has a hiccup: each is found out and blamed, and net's names are rescued"

. "$lib/../rescue/lib.sh"

publish_broken 30

names=$(for i in {1..30}; do echo "www.broken$i.com"; done && for i in {1..8}; do echo "n$i.deno.net" && echo "n$i.plain.net"; done)
forget_queries
fault net --kind servfail --for 3s
check "$names" --deadline 25
expect_exit 2
expect_no_error
expect_every 'names below net are allowed' \
    'not r["name"].endswith(".net") or (r["verdict"] == "allowed" and not r["deadline_passed"])'
expect_every 'each broken zone is investigated and named, though there is no room for one of each name below it' \
    'r["name"].endswith(".net") or [(x["zone"], x["failure"], x["fault"]) for x in e][:1] == [(r["name"][4:], "refused", "subscriber")]'
expect_bounded
# What arrives for all thirty together, libunbound's own included (measured: 2,800 to 4,200, of which 20 are
# for each of the cold looks after 3 and 9 s).
expect_queries plain.com -lt 6000
expect_queries net -lt 4000
