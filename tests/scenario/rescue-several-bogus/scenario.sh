about "Bogus zones of several subscribers at once: each is blamed for its own, and com for none"

. "$lib/../rescue/lib.sh"

several=$(printf '%s\n' expired.com no-signature.com no-caa-signature.com www.expired.com www.no-caa-signature.com)

check "$several" --deadline 60
expect_exit 3
expect_every 'bogus, by its subscriber' \
    'r["failure"]["kind"] == "bogus" and r["failure"]["fault"] == "subscriber" and r["retry_helps"] is False'
expect_every 'the zone is the one that has the name' \
    'r["failure"]["zone"] == r["name"].removeprefix("www.")'
expect_every 'com is not blamed' 'all(x["zone"] != "com" for x in e)'
expect_bounded

# A registry of which half is silent at the same time is not to blame for their signatures.
fault com --servers 1-6 --kind drop
check "$several" --deadline 60
expect_every 'not allowed' 'r["verdict"] == "undecided"'
expect_every 'com is not blamed for their signatures' \
    'all(x["zone"] != "com" or x["failure"] != "bogus" for x in e)'
expect_exit 3
clear

# One of a zone's servers is silent, and might be good: it is waited for, and the other is not asked at every moment.
fault expired.com --servers 2 --kind drop
check expired.com --deadline 12
expect_exit 3
expect_every 'bogus, by its subscriber' \
    'r["failure"]["kind"] == "bogus" and r["failure"]["fault"] == "subscriber" and r["failure"]["zone"] == "expired.com"'
expect_every 'a few times' 'level("expired.com")["evidence"]["retries"] < 30'
expect_bounded
