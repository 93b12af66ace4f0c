about "Rescued, and the zone's servers do not all say the same: a finding beside the verdict, which stands"

. "$lib/../rescue/lib.sh"

# Both fail over UDP, so that only whom the walk found over TCP can be pinned; and the second has another
# issuer than the first. Neither permits.
fault other-ca.com --servers 2 --kind other-caa
fault other-ca.com --kind servfail --over udp

# A rescue is over with the first good answer: where the second server's comes after it, another look shows both.
rescued_until() {
    local shows=$1 i
    shift
    for i in {1..5}; do
        run "$@"
        grep -qE -e "$shows" "$out/stdout" && break
        status_was_expected=yes
    done
}

rescued_until '"variants":2' caa check --json other-ca.com
expect_exit 1
expect_json . '{"verdict": "forbidden", "rule": "not-authorized", "rescued": true}'
expect_json '.findings[code=servers-differ].name' other-ca.com
expect_json '.levels[name=other-ca.com].evidence' '{"zone": "other-ca.com", "failure": "no-udp", "variants": 2}'
expect_every 'two digests are shown' \
    'len({x.get("digest") for x in level("other-ca.com")["evidence"]["exchanges"] if x["zone"] == "other-ca.com" and x["failure"] is None}) == 2'
expect_that 'valid by its schema' /usr/bin/python3 "$lib/valid.py" check "$out/stdout"

rescued_until 'note: other-ca' caa check other-ca.com
expect_exit 1
expect_line '^  note: other-ca\.com: asked directly, the zone.s servers do not all say the same'
expect_line 'other-ca\.com over TCP: answer \(.*, digest [0-9a-f]{16}'

# Alike again, there is nothing to tell.
clear
fault other-ca.com --kind servfail --over udp
rescued_until '"variants":1' caa check --json other-ca.com
expect_exit 1
expect_json .rescued true
expect_json .findings.length 0
expect_json '.levels[name=other-ca.com].evidence.variants' 1
